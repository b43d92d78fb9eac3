import { z } from 'zod';
import { durationSchema } from '../../source-text/quantity-schemas.ts';
import { faultsCheck, secretFault, secretKeys } from '../config/secret-keys.ts';

const urlSchema = z
  .url({ protocol: /^https?$/, error: 'not an http or https URL' })
  .transform((url) => url.replace(/\/+$/u, ''));

const labelsSchema = z.record(z.string(), z.string()).check((context) => {
  for (const name of Object.keys(context.value))
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/u.test(name))
      context.issues.push({
        code: 'custom',
        message: `"${name}" is not a label name: letters, digits and _, not a digit first`,
        input: context.value,
        path: [name],
      });
});

export const alertmanagerConfigSchema = z
  .strictObject({
    urls: z
      .array(urlSchema)
      .min(1)
      .max(16)
      .describe('Every instance of the cluster, with its path prefix: `http://alertmanager:9093`.'),
    resend: durationSchema
      .prefault('1m')
      .describe('A firing alert is sent again this often; it ends by itself after four times as long.'),
    labels: labelsSchema.default({}).describe('Added to every alert.'),
    ...secretKeys('token', 'a bearer token'),
    username: z.string().min(1).optional().describe('For basic authentication.'),
    ...secretKeys('password', 'the password for basic authentication'),
    timeout: durationSchema.prefault('10s').describe('Until the outcome of a request counts as unknown.'),
  })
  .check(
    faultsCheck((config) => [
      config.resend < 1_000 ? 'resend must be at least 1s' : null,
      secretFault(config, 'token', 'optional'),
      secretFault(config, 'password', config.username === undefined ? 'optional' : 'required'),
    ]),
  );
export type AlertmanagerConfig = z.output<typeof alertmanagerConfigSchema>;
