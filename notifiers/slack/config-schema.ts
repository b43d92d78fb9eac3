import { z } from 'zod';
import { faultsCheck, secretFault, secretKeys } from '../config/secret-keys.ts';
import { durationSchema } from '../../source-text/quantity-schemas.ts';

export const slackConfigSchema = z
  .strictObject({
    channel: z.string().min(1).describe('Channel id (C0123456789); a name works for posting only.'),
    ...secretKeys('token', 'the bot token'),
    api_url: z
      .url({ protocol: /^https?$/, error: 'not an http or https URL' })
      .default('https://slack.com/api/')
      .transform((url) => (url.endsWith('/') ? url : `${url}/`))
      .describe('Base of the Web API.'),
    timeout: durationSchema.prefault('10s').describe('Until the outcome of a request counts as unknown.'),
    upload: z.boolean().default(false).describe('Attach capture files to the thread (they hold addresses).'),
    chart: z
      .boolean()
      .default(true)
      .describe('Share a chart of value against normal in the thread (scope files:write).'),
    ...secretKeys('app_token', 'the app-level token (xapp-…): buttons by Socket Mode'),
    ...secretKeys('signing_secret', "the app's signing secret: buttons by signed HTTP requests"),
    interactions_listen: z
      .string()
      .regex(/^(?:\[[0-9a-fA-F:]+\]|[^\s:[\]]+):\d{1,5}$/u, 'not host:port')
      .optional()
      .describe(
        'host:port that takes `POST /slack/interactions` with `signing_secret`; give Slack its public https URL.',
      ),
  })
  .check(
    faultsCheck((config) => [
      secretFault(config, 'token', 'required'),
      secretFault(config, 'app_token', 'optional'),
      secretFault(config, 'signing_secret', 'optional'),
      ...buttonFaults(config),
    ]),
  );
export type SlackConfig = z.output<typeof slackConfigSchema>;

type Given = Readonly<Partial<Record<string, unknown>>>;

function buttonFaults(config: Given): readonly (string | null)[] {
  const has = (name: string) => config[`${name}_file`] !== undefined || config[`${name}_env`] !== undefined;
  const listens = config['interactions_listen'] !== undefined;
  return [
    has('app_token') && has('signing_secret')
      ? 'give app_token (Socket Mode) or signing_secret (HTTP), not both'
      : null,
    has('signing_secret') && !listens ? 'signing_secret needs interactions_listen' : null,
    listens && !has('signing_secret') ? 'interactions_listen needs signing_secret' : null,
  ];
}
