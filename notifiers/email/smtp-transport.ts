import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createTransport } from 'nodemailer';
import { type Secret, SecretError } from '../../source-text/secret.ts';
import type { NotifierContext } from '../define-notifier.ts';
import type { EmailConfig } from './config-schema.ts';
import { portOf } from './config-schema.ts';

export type SmtpTransport = Awaited<ReturnType<typeof openTransport>>;

/** A connection for one message, with password and certificates as they are now. Never falls back to clear text. */
export async function openTransport(
  config: EmailConfig,
  password: Secret | undefined,
  context: Pick<NotifierContext, 'directory'>,
) {
  const { host, tls, username, timeout, ca_file: caFile } = config;
  const ca =
    caFile === undefined ? undefined : await readCertificates(resolve(context.directory ?? '', caFile));
  return createTransport({
    host,
    port: portOf(config),
    secure: tls === 'tls',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
    ...(username !== undefined &&
      password !== undefined && { auth: { user: username, pass: await password.reveal() } }),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout,
    // Contents come from other people's machines: no key in them may make it read files or fetch addresses.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

async function readCertificates(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new SecretError(`the certificates in ${path} cannot be read (${code})`);
  }
}
