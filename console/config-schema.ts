import { z } from 'zod';
import { oidcConfigSchema } from './auth/oidc/oidc-config-schema.ts';
import { roles } from './auth/roles.ts';

/** Who may sign in to the console, with a token that stands in a file or an environment variable, never here. */
const tokenSchema = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(100)
      .describe('Who signs in with it: the name in acknowledgements and the audit log.'),
    role: z.enum(roles).describe('viewer looks, responder acts on alerts, admin also sees the audit log.'),
    token_file: z.string().min(1).optional().describe('File that holds the token; relative to this file.'),
    token_env: z.string().min(1).optional().describe('Environment variable that holds the token.'),
  })
  .refine((token) => (token.token_file === undefined) !== (token.token_env === undefined), {
    message: 'name either token_file or token_env',
  });

export const consoleSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Serve the web console and its API.'),
    listen: z.string().optional().meta({
      description: 'host:port of the web console. Beyond this machine only with tokens or oidc.',
      'x-default': '`127.0.0.1:9978`, or a free port where that one is taken',
    }),
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe(
        'Where people open the console, e.g. https://saccade.example: messages link to it. Else that of oidc, if any.',
      ),
    tokens: z
      .array(tokenSchema)
      .max(1000)
      .default([])
      .describe('Who may sign in. None: everybody on this machine may do everything.'),
    kubernetes: z
      .boolean()
      .default(false)
      .describe(
        'People of the cluster sign in with the token that they show its API server; its RBAC says what they see. Needs kubernetes.',
      ),
    oidc: oidcConfigSchema.optional().describe('Sign-in with a provider of OpenID Connect.'),
  })
  .prefault({});
export type ConsoleConfig = z.infer<typeof consoleSchema>;
