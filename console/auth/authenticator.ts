import { resolve } from 'node:path';
import { Secret, SecretError } from '../../source-text/secret.ts';
import type { ConsoleConfig } from '../config-schema.ts';
import { everything } from '../access/access.ts';
import type { Caller } from './roles.ts';
import { equalText, isSealedWith, readClaim, sealSession } from './session-cookie.ts';

export interface AuthenticatorOptions {
  readonly tokens: ConsoleConfig['tokens'];
  /** Token files are relative to it. */
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly nowMs: () => number;
  /** A token that cannot be read lets nobody in; told here, never with its value. */
  readonly onUnreadable: (error: SecretError) => void;
}

export interface SignedIn {
  readonly caller: Caller;
  /** Value of the session's cookie. */
  readonly cookie: string;
  readonly expiresAtMs: number;
}

export interface Authenticator {
  /** false: nobody has to sign in. */
  readonly required: boolean;
  /** Somebody may sign in with a token. */
  readonly hasTokens: boolean;
  byToken(token: string): Promise<Caller | undefined>;
  byCookie(cookie: string): Promise<Caller | undefined>;
  signIn(token: string): Promise<SignedIn | undefined>;
  /** Throws a `SecretError` where a token cannot be read. */
  check(): Promise<void>;
}

export const sessionMs = 12 * 3_600_000;
/** A token that can be guessed is none. */
const minTokenLength = 16;

interface Entry {
  readonly caller: Caller;
  readonly secret: Secret;
}

/** Knows people by the tokens of the configuration, which are read anew each time: a changed file counts at once. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const entries = options.tokens.map(({ name, role, token_file, token_env }): Entry => {
    const file = token_file === undefined ? undefined : resolve(options.directory, token_file);
    return {
      caller: { name, role, access: everything },
      secret: new Secret({ file, env: token_env }, options.environment),
    };
  });

  async function find(fits: (token: string, entry: Entry) => boolean): Promise<Entry | undefined> {
    let found: Entry | undefined;
    for (const entry of entries) {
      const token = await reveal(entry.secret, options.onUnreadable);
      if (token !== undefined && fits(token, entry)) found ??= entry;
    }
    return found;
  }

  async function byCookie(cookie: string): Promise<Caller | undefined> {
    const claim = readClaim(cookie);
    if (claim === undefined || claim.expiresAtMs <= options.nowMs()) return undefined;
    const entry = await find(
      (token, { caller }) => caller.name === claim.name && isSealedWith(cookie, token),
    );
    return entry?.caller;
  }

  async function signIn(token: string): Promise<SignedIn | undefined> {
    const entry = await find((known) => equalText(known, token));
    if (entry === undefined) return undefined;
    const expiresAtMs = options.nowMs() + sessionMs;
    const cookie = sealSession({ name: entry.caller.name, expiresAtMs }, token);
    return { caller: entry.caller, cookie, expiresAtMs };
  }

  return {
    required: entries.length > 0,
    hasTokens: entries.length > 0,
    byToken: async (token) => (await find((known) => equalText(known, token)))?.caller,
    byCookie,
    signIn,
    async check() {
      for (const { secret } of entries) assertStrong(await secret.reveal(), secret.origin);
    },
  };
}

function assertStrong(token: string, origin: string): void {
  if (token.length < minTokenLength)
    throw new SecretError(`the ${origin} holds a token of fewer than ${minTokenLength} characters`);
}

async function reveal(
  secret: Secret,
  onUnreadable: (error: SecretError) => void,
): Promise<string | undefined> {
  try {
    const token = await secret.reveal();
    assertStrong(token, secret.origin);
    return token;
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    onUnreadable(error);
    return undefined;
  }
}
