import { z } from 'zod';
import { durationSchema } from '../../../source-text/quantity-schemas.ts';
import { roles } from '../roles.ts';

const claimValues = z.array(z.string().min(1).max(200)).max(100).default([]);

/** Clear text only within this machine. */
const isSafe = (url: string): boolean => {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u.test(hostname);
};
const safeUrl = z
  .url({ protocol: /^https?$/u, error: 'not an http or https URL' })
  .refine(isSafe, { error: 'must be https: only a loopback address may be http', abort: true });

/** Sign-in with a provider of OpenID Connect: authorization code with PKCE. */
export const oidcConfigSchema = z
  .strictObject({
    issuer: safeUrl.describe('Of the provider, as its discovery document names it.'),
    client_id: z.string().min(1).max(500).describe('What the provider knows the console by.'),
    client_secret_file: z
      .string()
      .min(1)
      .optional()
      .describe('File with the client secret; relative to this file.'),
    client_secret_env: z
      .string()
      .min(1)
      .optional()
      .describe('Environment variable with the client secret. Neither: a public client, by PKCE alone.'),
    url: safeUrl.describe(
      'How people reach the console; register URL/api/v1/session/oidc/callback with the provider.',
    ),
    scopes: z
      .array(z.string().regex(/^[\u0021\u0023-\u005b\u005d-\u007e]+$/u, 'not a scope'))
      .max(20)
      .default(['openid', 'profile', 'email'])
      .refine((scopes) => scopes.includes('openid'), 'must contain openid')
      .describe('What to ask for.'),
    name_claim: z
      .string()
      .min(1)
      .default('preferred_username')
      .describe(
        'Claim that names the person in acknowledgements and the audit log; without it email, then sub.',
      ),
    role_claim: z
      .string()
      .min(1)
      .default('groups')
      .describe('Claim that decides on the role; dots lead into objects (`realm_access.roles`).'),
    roles: z
      .strictObject({ viewer: claimValues, responder: claimValues, admin: claimValues })
      .prefault({})
      .describe('Values of the role claim by role; the highest that fits counts.'),
    default_role: z
      .enum([...roles, 'none'])
      .default('none')
      .describe('Role of people whom `roles` does not name; `none`: they are not let in.'),
    session: durationSchema
      .prefault('8h')
      .refine((ms) => ms >= 60_000 && ms <= 30 * 86_400_000, 'between 1m and 30d')
      .describe('Then people sign in again, and a changed role counts.'),
  })
  .refine((oidc) => oidc.client_secret_file === undefined || oidc.client_secret_env === undefined, {
    message: 'name only one of client_secret_file and client_secret_env',
  })
  .refine((oidc) => oidc.default_role !== 'none' || Object.values(oidc.roles).some((one) => one.length > 0), {
    message: 'nobody could sign in: give roles, or a default_role',
  });
export type OidcConfig = z.output<typeof oidcConfigSchema>;
