import type { Authenticator } from '../authenticator.ts';
import type { OidcSignIn } from './oidc-sign-in.ts';

/** Knows people by tokens, as before, and by the sessions that a provider's word has opened. */
export function withOidc(tokens: Authenticator, oidc: OidcSignIn): Authenticator {
  return {
    ...tokens,
    required: true,
    byCookie: async (cookie) => (await tokens.byCookie(cookie)) ?? (await oidc.sessionOf(cookie)),
  };
}
