import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StartError } from '../../app/start-error.ts';
import { Secret, SecretError } from '../../source-text/secret.ts';
import { NotFoundError } from './not-found-error.ts';

export interface ServerFlags {
  readonly server: string;
  readonly tokenFile?: string;
}

/** Asks the API of a console. Rejects with a `StartError` in the console's own words where it refuses. */
export interface ServerClient {
  get<T>(path: string, query?: Readonly<Record<string, string | number | boolean | undefined>>): Promise<T>;
  post<T>(path: string, body: object): Promise<T>;
  /** The answer's body into a file. */
  save(path: string, file: string): Promise<void>;
}

const timeoutMs = 30_000;
const saveTimeoutMs = 600_000;
const maxAnswerBytes = 64 * 1024 * 1024;
const tokenVariable = 'SACCADE_TOKEN';

export function createServerClient(flags: ServerFlags, environment: NodeJS.ProcessEnv): ServerClient {
  const base = parseBase(flags.server);

  async function send(path: string, init: RequestInit, limitMs: number): Promise<Response> {
    const url = new URL(`api/v1${path}`, base);
    const token = await readToken(flags, environment);
    const headers = { ...init.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
    const response = await fetch(url, { ...init, headers, signal: AbortSignal.timeout(limitMs) }).catch(
      (error: unknown) => {
        throw unreachable(base, error);
      },
    );
    if (!response.ok) throw await refusalOf(base, response);
    return response;
  }

  return {
    async get(path, query = {}) {
      const search = new URLSearchParams();
      for (const [name, value] of Object.entries(query))
        if (value !== undefined) search.set(name, String(value));
      const text = search.toString();
      return readJson(base, await send(text === '' ? path : `${path}?${text}`, {}, timeoutMs));
    },
    async post(path, body) {
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      return readJson(base, await send(path, init, timeoutMs));
    },
    async save(path, file) {
      const { body } = await send(path, {}, saveTimeoutMs);
      if (body === null) throw notAConsole(base);
      await pipeline(Readable.fromWeb(body), createWriteStream(resolve(file))).catch((error: unknown) => {
        throw new StartError(`cannot write ${file}: ${(error as Error).message}`, '', { cause: error });
      });
    },
  };
}

function parseBase(server: string): URL {
  const url = URL.canParse(server) ? new URL(server.endsWith('/') ? server : `${server}/`) : undefined;
  if (url === undefined || !/^https?:$/u.test(url.protocol))
    throw new StartError(`"${server}" is no address of a console`, 'Write https://saccade.example.com.', {
      exitCode: 2,
    });
  return url;
}

async function readToken(flags: ServerFlags, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { tokenFile } = flags;
  if (tokenFile === undefined && environment[tokenVariable] === undefined) return undefined;
  const source = tokenFile === undefined ? { env: tokenVariable } : { file: resolve(tokenFile) };
  try {
    return await new Secret(source, environment).reveal();
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    throw new StartError(error.message, 'Name another with --token-file.', { exitCode: 2, cause: error });
  }
}

async function readJson<T>(base: URL, response: Response): Promise<T> {
  if (Number(response.headers.get('content-length') ?? 0) > maxAnswerBytes)
    throw new StartError('the answer is too large', 'Ask for less: --limit, --since.');
  try {
    return (await response.json()) as T;
  } catch (error) {
    throw notAConsole(base, error);
  }
}

async function refusalOf(base: URL, response: Response): Promise<StartError> {
  if (response.status === 401)
    return new StartError(
      `the console at ${base.origin} does not know you`,
      `Give a token: --token-file FILE, or ${tokenVariable} (docs/console.md).`,
      { exitCode: 2 },
    );
  const answer: unknown = await response.json().catch(() => null);
  const said = (answer as { readonly error?: unknown } | null)?.error;
  if (typeof said !== 'string') return notAConsole(base);
  if (response.status === 404) return new NotFoundError(said, '');
  return new StartError(said, '', { exitCode: response.status < 500 ? 2 : 1 });
}

const notAConsole = (base: URL, cause?: unknown): StartError =>
  new StartError(
    `what answers at ${base.origin} is not a console of Saccade`,
    'See the address that saccade start prints.',
    {
      cause,
    },
  );

function unreachable(base: URL, error: unknown): StartError {
  const { cause, message } = error as {
    readonly cause?: { readonly code?: string };
    readonly message: string;
  };
  return new StartError(
    `the console at ${base.origin} does not answer (${cause?.code ?? message})`,
    'Is the address right, and does it run?',
    { cause: error },
  );
}
