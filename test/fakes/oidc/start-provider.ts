import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export interface ProviderClient {
  readonly id: string;
  readonly secret: string;
  /** Base address of the application, without a slash at its end. */
  readonly url: string;
  readonly callbackPath: string;
}

export interface RunningProvider extends AsyncDisposable {
  readonly issuer: string;
}

/**
 * A certified provider of OpenID Connect (oidc-provider) on the loopback. Anybody signs in with a name and whatever
 * password; `groupsOf` says which groups the name has.
 */
export async function startProvider(
  { id, secret, url, callbackPath }: ProviderClient,
  groupsOf: (name: string) => readonly string[],
): Promise<RunningProvider> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: id,
        client_secret: secret,
        redirect_uris: [url + callbackPath],
        post_logout_redirect_uris: [`${url}/`],
      },
    ],
    claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: async () => ({ sub, preferred_username: sub, groups: [...groupsOf(sub)] }),
    }),
    pkce: { required: () => true },
    cookies: { keys: ['for tests only'] },
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => void answer(request, response));
  return {
    issuer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
