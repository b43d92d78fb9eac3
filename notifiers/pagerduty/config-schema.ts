import { z } from 'zod';
import { durationSchema } from '../../source-text/quantity-schemas.ts';
import { faultsCheck, secretFault, secretKeys } from '../config/secret-keys.ts';

export const pagerdutySeverities = ['critical', 'error', 'warning', 'info'] as const;
export type PagerdutySeverity = (typeof pagerdutySeverities)[number];

export const pagerdutyConfigSchema = z
  .strictObject({
    ...secretKeys('routing_key', 'the integration key of the service (Events API v2)'),
    api_url: z
      .url({ protocol: /^https?$/, error: 'not an http or https URL' })
      .default('https://events.pagerduty.com')
      .transform((url) => url.replace(/\/+$/u, ''))
      .describe('Events API of your service region; for the EU `https://events.eu.pagerduty.com`.'),
    severity: z
      .strictObject({
        page: z.enum(pagerdutySeverities).default('critical').describe('Severity of alerts at page level.'),
        notice: z.enum(pagerdutySeverities).default('warning').describe('Severity of notices.'),
      })
      .prefault({}),
    client_url: z
      .url({ protocol: /^https?$/, error: 'not an http or https URL' })
      .optional()
      .describe('Page that incidents link to, such as your console.'),
    timeout: durationSchema.prefault('10s').describe('Until the outcome of a request counts as unknown.'),
  })
  .check(faultsCheck((config) => [secretFault(config, 'routing_key', 'required')]));
export type PagerdutyConfig = z.output<typeof pagerdutyConfigSchema>;
