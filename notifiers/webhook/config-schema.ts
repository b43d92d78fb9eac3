import { z } from 'zod';
import { durationSchema } from '../../source-text/quantity-schemas.ts';
import { faultsCheck, secretFault, secretKeys } from '../config/secret-keys.ts';

export const webhookFormats = ['alertmanager', 'cloudevents'] as const;

export const webhookConfigSchema = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'not an http or https URL' })
      .optional()
      .describe('Where to post. Give `url_file` or `url_env` instead if the address itself is a secret.'),
    ...secretKeys('url', 'the address, where it is a secret'),
    format: z
      .enum(webhookFormats)
      .default('alertmanager')
      .describe(
        "Alertmanager's webhook JSON, version 4, or a structured CloudEvent with message and alerts.",
      ),
    ...secretKeys('secret', 'the key that requests are signed with'),
    ...secretKeys('token', 'a bearer token for the `Authorization` header'),
    timeout: durationSchema.prefault('10s').describe('Until the outcome of a request counts as unknown.'),
  })
  .check(
    faultsCheck((config) => [
      config.url === undefined
        ? (secretFault(config, 'url', 'required')?.replace('exactly one of', 'exactly one of url,') ?? null)
        : config.url_file === undefined && config.url_env === undefined
          ? null
          : 'give only one of url, url_file and url_env',
      secretFault(config, 'secret', 'optional'),
      secretFault(config, 'token', 'optional'),
    ]),
  );
export type WebhookConfig = z.output<typeof webhookConfigSchema>;
