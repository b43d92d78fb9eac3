import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Credentials } from './credentials.ts';
import type { ApiServerTarget } from './target.ts';

/** How one path of a target is reached: by a connection that is kept, and by one that is made for the request. */
export interface Connections extends Disposable {
  readonly warm: HttpAgent;
  readonly fresh: HttpAgent;
}

export function openConnections(target: ApiServerTarget, credentials: Credentials): Connections {
  const warm = createAgent(target, credentials, true);
  const fresh = createAgent(target, credentials, false);
  return {
    warm,
    fresh,
    [Symbol.dispose]() {
      warm.destroy();
      fresh.destroy();
    },
  };
}

function createAgent(target: ApiServerTarget, { secureContext }: Credentials, keepAlive: boolean): HttpAgent {
  const options = { keepAlive, maxSockets: 1, maxFreeSockets: 1 };
  if (target.url.startsWith('http:')) return new HttpAgent(options);
  return new HttpsAgent({
    ...options,
    // A resumed session skips half of what a new client goes through.
    maxCachedSessions: 0,
    // Said, because an environment variable could switch it off: a token goes to nobody unknown.
    rejectUnauthorized: true,
    ...(secureContext !== undefined && { secureContext }),
    ...(target.serverName !== undefined && { servername: target.serverName }),
  });
}
