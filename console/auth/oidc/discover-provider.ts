import * as openid from 'openid-client';
import type { OidcConfig } from './oidc-config-schema.ts';

const timeoutS = 5;
const freshMs = 10 * 60_000;

export type Discovery = (secret: string | undefined) => Promise<openid.Configuration>;

interface Discovered {
  readonly secret: string | undefined;
  readonly atMs: number;
  readonly provider: Promise<openid.Configuration>;
}

/** What the provider says of itself, asked anew every ten minutes, for a new secret, and after a failure. */
export function createDiscovery(config: OidcConfig, nowMs: () => number): Discovery {
  let known: Discovered | undefined;
  return (secret) => {
    if (known !== undefined && known.secret === secret && nowMs() - known.atMs < freshMs)
      return known.provider;
    const asked: Discovered = { secret, atMs: nowMs(), provider: ask(config, secret) };
    known = asked;
    asked.provider.catch(() => {
      if (known === asked) known = undefined;
    });
    return asked.provider;
  };
}

async function ask(config: OidcConfig, secret: string | undefined): Promise<openid.Configuration> {
  const issuer = new URL(config.issuer);
  const provider = await openid.discovery(
    issuer,
    config.client_id,
    undefined,
    secret === undefined ? openid.None() : openid.ClientSecretBasic(secret),
    {
      timeout: timeoutS,
      // The schema lets only loopback addresses be http.
      execute: issuer.protocol === 'http:' ? [openid.allowInsecureRequests] : [],
    },
  );
  const { code_challenge_methods_supported: challenges, authorization_endpoint: place } =
    provider.serverMetadata();
  if (place === undefined) throw new ProviderError('it has no authorization endpoint');
  // RFC 8414: absent means that it may not be supported; many support it and do not say so.
  if (challenges !== undefined && !challenges.includes('S256'))
    throw new ProviderError('it does not support PKCE with S256');
  return provider;
}

/** The provider answers, and the console cannot work with it. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
}

/**
 * Why this configuration cannot work, in the provider's own words; null: it can, or nobody answers now (a provider
 * that is down must not keep the pager from starting).
 */
export async function providerFault(config: OidcConfig, secret: string | undefined): Promise<string | null> {
  try {
    await ask(config, secret);
    return null;
  } catch (error) {
    if (error instanceof ProviderError) return error.message;
    if (!(error instanceof openid.ClientError)) return null;
    return discoveryFault(error);
  }
}

const wrongAnswers: Readonly<Record<string, string>> = {
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: 'its discovery document names another issuer',
  OAUTH_RESPONSE_IS_NOT_CONFORM: 'it has no discovery document there',
  OAUTH_RESPONSE_IS_NOT_JSON: 'it has no discovery document there',
  OAUTH_INVALID_RESPONSE: 'its discovery document is not valid',
};

function discoveryFault({ code }: openid.ClientError): string | null {
  return wrongAnswers[code ?? ''] ?? null;
}
