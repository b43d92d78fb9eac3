import { resolve } from 'node:path';
import { Secret, SecretError } from '../../source-text/secret.ts';
import { type AuthenticateAgent, createAgentAccess } from '../../stream/http/agent-access.ts';
import type { IngestConfig } from '../../stream/http/config-schema.ts';
import type { IngestTls } from '../../stream/http/ingest-server.ts';
import { assertListenable, parseListen } from '../http/status-server.ts';
import { createFileTexts } from '../processes/file-texts.ts';
import { StartError } from '../start-error.ts';

export interface IngestAccess {
  readonly host: string;
  readonly port: number;
  readonly authenticate: AuthenticateAgent;
  /** undefined: no TLS. Files are read anew, at most every ten seconds. */
  readonly tls: (() => Promise<IngestTls>) | undefined;
}

const minTokenLength = 16;

/** Throws a `StartError` for what a person has to mend: an open door, a token or certificate that cannot be read. */
export async function openIngestAccess(config: IngestConfig, directory: string): Promise<IngestAccess> {
  const { host, port } = parseListen(config.listen);
  const { tls: files } = config;
  const secret = secretOf(config, directory);
  const certificates = files?.client_ca_file !== undefined;
  if (secret === undefined && !certificates && !isLoopback(host))
    throw new StartError(
      `ingest.listen is ${config.listen}: beyond this machine agents have to say who they are`,
      'Add ingest.token_file, or ingest.tls.client_ca_file for client certificates (docs/http.md), or listen on 127.0.0.1.',
      { exitCode: 2 },
    );
  const tls = files && readerOf(files, directory);
  await explained(async () => {
    await secret?.reveal().then(assertStrong);
    await tls?.();
  });
  await assertListenable(config.listen);
  const token = secret && (async () => assertStrong(await secret.reveal()));
  return { host, port, authenticate: createAgentAccess({ token, certificates }), tls };
}

function secretOf(config: IngestConfig, directory: string): Secret | undefined {
  const { token_file: file, token_env: env } = config;
  if (file === undefined && env === undefined) return undefined;
  return new Secret({ file: file && resolve(directory, file), env }, process.env);
}

function readerOf(files: NonNullable<IngestConfig['tls']>, directory: string): () => Promise<IngestTls> {
  const texts = createFileTexts(
    {
      cert: resolve(directory, files.cert_file),
      key: resolve(directory, files.key_file),
      ca: files.client_ca_file && resolve(directory, files.client_ca_file),
    },
    () => Date.now(),
  );
  return async () => {
    const { cert = '', key = '', ca } = await texts();
    return { cert, key, ...(ca !== undefined && { ca }) };
  };
}

function assertStrong(token: string): string {
  if (token.length < minTokenLength)
    throw new SecretError(`the token of ingest has fewer than ${minTokenLength} characters`);
  return token;
}

async function explained(read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (!(error instanceof SecretError) && code !== 'ENOENT' && code !== 'EACCES') throw error;
    throw new StartError(
      `ingest: ${(error as Error).message}`,
      'Correct the path or its rights; a token is made by: openssl rand -hex 24 > FILE && chmod 600 FILE',
      { exitCode: 2, cause: error },
    );
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
