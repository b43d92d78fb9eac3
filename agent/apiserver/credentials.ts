import { X509Certificate } from 'node:crypto';
import { open } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Secret, SecretError } from '../../source-text/secret.ts';
import type { ApiServerTarget } from './target.ts';

/** A file that the configuration names cannot be used; the message names its place, never what is in it. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

export interface Credentials {
  readonly token: string | undefined;
  /** undefined: the system's authorities, and no certificate of our own. */
  readonly secureContext: SecureContext | undefined;
  /** Changes when a file of the connection does; the token may change on a kept connection. */
  readonly fingerprint: string;
}

const maxFileBytes = 1 << 20;
const certificatePattern = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads a target's files. Cheap enough for every round (a few small files), so that a rotated token or authority
 * takes effect at once. Throws a `CredentialError`.
 */
export async function readCredentials(target: ApiServerTarget, known?: Credentials): Promise<Credentials> {
  const { caFile, tokenFile, clientCertFile, clientKeyFile } = target;
  const [ca, cert, key, token] = await Promise.all([
    readText('ca_file', caFile),
    readText('client_cert_file', clientCertFile),
    readText('client_key_file', clientKeyFile),
    readToken(tokenFile),
  ]);
  const fingerprint = [ca, cert, key].map((text) => text ?? '').join('\0');
  // Parsing a bundle of authorities takes milliseconds: once is enough.
  if (known?.fingerprint === fingerprint) return { ...known, token };
  if (ca !== undefined) checkCertificates('ca_file', ca, caFile ?? '');
  return { token, fingerprint, secureContext: toContext({ ca, cert, key }, target) };
}

async function readText(setting: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    await using file = await open(path, 'r');
    const buffer = Buffer.alloc(maxFileBytes);
    const { bytesRead } = await file.read(buffer, 0, maxFileBytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new CredentialError(
      `${setting} ${path} cannot be read (${code})`,
      `check apiserver.targets.${setting}, that the file exists and that the agent may read it`,
    );
  }
}

/** `Secret` sees to it that neither the token nor what stands in its place gets into a message. */
async function readToken(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await new Secret({ file: path }, {}).reveal();
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    throw new CredentialError(error.message, 'write the bearer token, and nothing else, into token_file');
  }
}

function checkCertificates(setting: string, pem: string, path: string): void {
  const certificates = pem.match(certificatePattern) ?? [];
  const remedy = 'give the authority’s certificate in PEM: `-----BEGIN CERTIFICATE-----` …';
  if (certificates.length === 0) throw new CredentialError(`${setting} ${path} holds no certificate`, remedy);
  for (const certificate of certificates) {
    try {
      new X509Certificate(certificate);
    } catch {
      throw new CredentialError(`${setting} ${path} holds a damaged certificate`, remedy);
    }
  }
}

interface Pems {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

function toContext({ ca, cert, key }: Pems, target: ApiServerTarget): SecureContext | undefined {
  if (ca === undefined && cert === undefined) return undefined;
  try {
    return createSecureContext({
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
    });
  } catch (error) {
    // OpenSSL's message quotes no key: it names what does not fit.
    throw new CredentialError(
      `client_cert_file ${target.clientCertFile} and client_key_file ${target.clientKeyFile} do not fit together (${(error as NodeJS.ErrnoException).code ?? 'error'})`,
      'give a certificate in PEM and the key that belongs to it',
    );
  }
}
