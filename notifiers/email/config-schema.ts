import { z } from 'zod';
import { durationSchema } from '../../source-text/quantity-schemas.ts';
import { faultsCheck, secretFault, secretKeys } from '../config/secret-keys.ts';

export const tlsModes = ['starttls', 'tls', 'none'] as const;
export type TlsMode = (typeof tlsModes)[number];

/** `ada@example.com` or `On call <oncall@example.com>`: one address, nothing that could end a header. */
const addressPattern = /^(?:[^<>"\r\n]*<[^\s<>@,;]+@[^\s<>@,;]+>|[^\s<>@,;]+@[^\s<>@,;]+)$/u;
const addressSchema = z
  .string()
  .max(320)
  .regex(addressPattern, 'not an address: write oncall@example.com or On call <oncall@example.com>');

export const emailConfigSchema = z
  .strictObject({
    from: addressSchema.describe('Sender; its domain also names the messages.'),
    to: z.array(addressSchema).min(1).max(100).describe('Recipients; all stand in one message.'),
    host: z.string().min(1).describe('Mail server that takes messages for delivery.'),
    port: z.int().min(1).max(65_535).optional().meta({
      description: 'Port of the mail server.',
      'x-default': '587, with `tls: tls` 465, with `tls: none` 25',
    }),
    tls: z
      .enum(tlsModes)
      .default('starttls')
      .describe('`starttls` is required, never optional; `tls` from the first byte; `none` in the clear.'),
    ca_file: z.string().min(1).optional().describe("Certificates (PEM) that the server's must lead to."),
    username: z.string().min(1).optional().describe('To sign in with.'),
    ...secretKeys('password', 'the password to sign in with'),
    attach: z.boolean().default(false).describe('Attach capture files up to 10 MB (they hold addresses).'),
    chart: z.boolean().default(true).describe('Show a chart of value against normal in the message.'),
    timeout: durationSchema.prefault('20s').describe('Until the outcome of a message counts as unknown.'),
  })
  .check(
    faultsCheck((config) => [
      config.username === undefined
        ? (secretFault(config, 'password', 'optional') ?? lonelyPassword(config))
        : secretFault(config, 'password', 'required'),
      config.username !== undefined && config.tls === 'none' && !isLoopback(config.host)
        ? 'a password is not sent in the clear: use starttls or tls'
        : null,
    ]),
  );
export type EmailConfig = z.output<typeof emailConfigSchema>;

const lonelyPassword = (config: { password_file?: string | undefined; password_env?: string | undefined }) =>
  config.password_file === undefined && config.password_env === undefined
    ? null
    : 'a password needs a username';

const isLoopback = (host: string): boolean => /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/u.test(host);

const ports: Readonly<Record<TlsMode, number>> = { starttls: 587, tls: 465, none: 25 };
export const portOf = ({ port, tls }: Pick<EmailConfig, 'port' | 'tls'>): number => port ?? ports[tls];
