import type {} from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { everything, nothing } from '../access/access.ts';
import { narrowPorts } from '../access/narrow-ports.ts';
import { ConsoleError } from '../console-error.ts';
import type { ConsolePorts } from '../ports.ts';
import type { Authenticator } from './authenticator.ts';
import { mayActAs, type Caller, type Role } from './roles.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set by the guard before any route of the API. */
    caller: Caller;
    /** All that the caller may see and do; set with it. */
    ports: ConsolePorts;
  }
  interface FastifyContextConfig {
    /** What one must be allowed to; `open`: no sign-in. Without: viewer for GET, responder for all else. */
    readonly role?: Role | 'open';
  }
}

export const sessionCookie = 'saccade_session';

/** Without sign-in everybody on this machine is this one. */
const localCaller: Caller = { name: 'local', role: 'admin', access: everything };

/** Who has not said who they are. */
export const stranger: Caller = { name: '', role: 'viewer', access: nothing };

/**
 * Before every route of the API: the request comes from the console's own page or from a program, and from somebody
 * who may do this. Cookies alone would let another site's page act in a person's name (SameSite=Strict stops most of
 * it), and without sign-in a rebound name would reach a console that listens on this machine only.
 */
export function createGuard(authenticator: Authenticator, ports: ConsolePorts) {
  const admit = (request: FastifyRequest, caller: Caller): void => {
    request.caller = caller;
    request.ports = narrowPorts(ports, caller.access);
  };
  return async (request: FastifyRequest, _reply: FastifyReply): Promise<void> => {
    refuseForeignPage(request, authenticator.required);
    const needed = request.routeOptions.config.role ?? (isReading(request) ? 'viewer' : 'responder');
    const caller = authenticator.required ? await identify(request, authenticator) : localCaller;
    if (needed === 'open') {
      admit(request, caller ?? stranger);
      return;
    }
    if (caller === undefined) throw new ConsoleError(401, 'sign in first');
    if (!mayActAs(caller.role, needed))
      throw new ConsoleError(403, `${caller.name} is ${caller.role}; this needs ${needed}`);
    admit(request, caller);
  };
}

async function identify(request: FastifyRequest, authenticator: Authenticator): Promise<Caller | undefined> {
  const bearer = /^Bearer ([\u0021-\u007e]{1,4096})$/.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return authenticator.byToken(bearer);
  const cookie = request.cookies[sessionCookie];
  return cookie === undefined ? undefined : authenticator.byCookie(cookie);
}

function refuseForeignPage(request: FastifyRequest, signInRequired: boolean): void {
  const { host = '', origin } = request.headers;
  if (!signInRequired && !isLoopbackName(host))
    throw new ConsoleError(403, `without sign-in this console answers to localhost only, not to "${host}"`);
  if (isReading(request)) return;
  const site = request.headers['sec-fetch-site'];
  const foreign =
    origin === undefined
      ? site !== undefined && site !== 'same-origin' && site !== 'none'
      : hostOf(origin) !== host;
  if (foreign) throw new ConsoleError(403, 'another site may not change anything here');
}

function isReading({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function isLoopbackName(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/.test(host);
}
