import { z } from 'zod';
import { durationSchema } from '../../source-text/quantity-schemas.ts';

export const slackConfigSchema = z
  .strictObject({
    channel: z.string().min(1).describe('Channel id (C0123456789); a name works for posting only.'),
    token_file: z.string().min(1).optional().describe('File with the bot token; read anew for each message.'),
    token_env: z.string().min(1).optional().describe('Environment variable with the bot token.'),
    api_url: z
      .url({ protocol: /^https?$/, error: 'not an http or https URL' })
      .default('https://slack.com/api/')
      .transform((url) => (url.endsWith('/') ? url : `${url}/`))
      .describe('Base of the Web API.'),
    timeout: durationSchema.prefault('10s').describe('Until the outcome of a request counts as unknown.'),
    upload: z.boolean().default(false).describe('Attach capture files to the thread (they hold addresses).'),
  })
  .check((context) => {
    const { token_file: file, token_env: env } = context.value;
    if ((file === undefined) !== (env === undefined)) return;
    const message = 'give exactly one of token_file and token_env';
    context.issues.push({ code: 'custom', message, input: context.value, path: [] });
  });
export type SlackConfig = z.output<typeof slackConfigSchema>;
