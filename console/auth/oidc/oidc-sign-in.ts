import { createHash, randomBytes } from 'node:crypto';
import * as openid from 'openid-client';
import { type Secret, SecretError } from '../../../source-text/secret.ts';
import type { SignedIn } from '../authenticator.ts';
import { everything } from '../../access/access.ts';
import type { Caller, Person } from '../roles.ts';
import type { OidcConfig } from './oidc-config-schema.ts';
import { createDiscovery } from './discover-provider.ts';
import { callerOfClaims, claimAt, type Claims } from './role-of-claims.ts';
import { createSeal } from './sealed-value.ts';

export interface OidcOptions {
  readonly config: OidcConfig;
  /** undefined: a public client. */
  readonly secret: Secret | undefined;
  readonly nowMs: () => number;
}

/** What a browser brings back with the provider's answer. */
interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Ways in which a sign-in ends without a session; each has a sentence on the sign-in page. */
export const oidcRefusals = ['expired', 'refused', 'no_role', 'provider'] as const;
export type OidcRefusal = (typeof oidcRefusals)[number];

export type OidcOutcome =
  | { readonly kind: 'signed-in'; readonly signedIn: SignedIn }
  /** `detail` is for the log: it may hold what the provider said, never a token. */
  | { readonly kind: 'refused'; readonly reason: OidcRefusal; readonly who: string; readonly detail: string };

export interface OidcSignIn {
  readonly sessionMs: number;
  /** The console is reached by https. */
  readonly secure: boolean;
  /** Where to send the browser, and what it must bring back. Rejects where the provider does not answer. */
  begin(): Promise<{ readonly url: string; readonly cookie: string }>;
  /** `query`: of the address that the provider sent the browser back to. Never rejects. */
  finish(query: string, cookie: string | undefined): Promise<OidcOutcome>;
  sessionOf(cookie: string): Promise<Caller | undefined>;
  /** Where to end the session with the provider as well; null: it has no such place. */
  endUrl(): Promise<string | null>;
}

export const callbackPath = '/api/v1/session/oidc/callback';
export const attemptMs = 10 * 60_000;

/**
 * Sign-in by authorization code with PKCE, state and nonce. Nothing is kept here: what must be remembered between the
 * two halves, and the session, are sealed values in the browser. The key comes from the client secret, so that
 * sessions outlive a restart and end when the secret is changed; a public client's sessions end with the process.
 */
export function createOidcSignIn({ config, secret, nowMs }: OidcOptions): OidcSignIn {
  const base = config.url.replace(/\/$/u, '');
  const discover = createDiscovery(config, nowMs);
  const ownKey = randomBytes(32);
  let key = ownKey;
  const attempts = createSeal<Attempt>('saccade console sign-in v1', () => key, nowMs);
  const sessions = createSeal<Person>('saccade console oidc session v1', () => key, nowMs);

  const readSecret = async (): Promise<string | undefined> => {
    const value = await secret?.reveal();
    key = value === undefined ? ownKey : createHash('sha256').update(`saccade\n${value}`).digest();
    return value;
  };
  const provider = async (): Promise<openid.Configuration> => discover(await readSecret());

  async function begin(): Promise<{ url: string; cookie: string }> {
    const discovered = await provider();
    const attempt: Attempt = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      verifier: openid.randomPKCECodeVerifier(),
    };
    const url = openid.buildAuthorizationUrl(discovered, {
      redirect_uri: base + callbackPath,
      scope: config.scopes.join(' '),
      code_challenge: await openid.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
      state: attempt.state,
      nonce: attempt.nonce,
    });
    return { url: url.href, cookie: attempts.seal(attempt, nowMs() + attemptMs) };
  }

  async function finish(query: string, cookie: string | undefined): Promise<OidcOutcome> {
    try {
      const discovered = await provider();
      const attempt = cookie === undefined ? undefined : attempts.open(cookie);
      if (attempt === undefined) return refused('expired', '', 'no sign-in was begun in this browser');
      const claims = await redeem(discovered, config, attempt, new URL(`${base}${callbackPath}${query}`));
      const person = callerOfClaims(claims, config);
      if (person === undefined)
        return refused('no_role', nameIn(claims), `no role by the claim ${config.role_claim}`);
      const expiresAtMs = nowMs() + config.session;
      return {
        kind: 'signed-in',
        signedIn: { caller: toCaller(person), cookie: sessions.seal(person, expiresAtMs), expiresAtMs },
      };
    } catch (error) {
      return refused(isAnswer(error) ? 'refused' : 'provider', '', messageOf(error));
    }
  }

  return {
    sessionMs: config.session,
    secure: base.startsWith('https:'),
    begin,
    finish,
    async sessionOf(cookie) {
      try {
        await readSecret();
      } catch (error) {
        if (error instanceof SecretError) return undefined;
        throw error;
      }
      const person = sessions.open(cookie);
      return person && toCaller(person);
    },
    async endUrl() {
      const discovered = await provider();
      if (discovered.serverMetadata().end_session_endpoint === undefined) return null;
      return openid.buildEndSessionUrl(discovered, { post_logout_redirect_uri: `${base}/` }).href;
    },
  };
}

const toCaller = ({ name, role }: Person): Caller => ({ name, role, access: everything });

/** The code for claims that the provider has signed for this attempt; asks it for more where the role is not told. */
async function redeem(
  provider: openid.Configuration,
  config: OidcConfig,
  { state, nonce, verifier }: Attempt,
  url: URL,
): Promise<Claims> {
  const tokens = await openid.authorizationCodeGrant(provider, url, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined) throw new Error('the provider gave no ID token');
  const told =
    claimAt(claims, config.role_claim) !== undefined && claimAt(claims, config.name_claim) !== undefined;
  if (told || provider.serverMetadata().userinfo_endpoint === undefined) return claims;
  return { ...(await openid.fetchUserInfo(provider, tokens.access_token, claims.sub)), ...claims };
}

const refused = (reason: OidcRefusal, who: string, detail: string): OidcOutcome => ({
  kind: 'refused',
  reason,
  who,
  detail,
});

const nameIn = ({ email, sub }: Claims): string =>
  [email, sub].find((one) => typeof one === 'string')?.slice(0, 100) ?? '';

/** The provider's own "no" (a person who pressed cancel, a code used twice), not a failure to ask it. */
const isAnswer = (error: unknown): boolean =>
  error instanceof openid.AuthorizationResponseError || error instanceof openid.ResponseBodyError;

/** Codes and sentences of the protocol; a body that could hold a token is never among them. */
export function messageOf(error: unknown): string {
  if (error instanceof openid.AuthorizationResponseError || error instanceof openid.ResponseBodyError)
    return `${error.error}${error.error_description === undefined ? '' : `: ${error.error_description}`}`;
  return error instanceof Error ? error.message : String(error);
}
