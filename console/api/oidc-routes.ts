import type { FastifyRequest } from 'fastify';
import { sessionCookie, stranger } from '../auth/guard.ts';
import { attemptMs, type OidcOutcome, type OidcSignIn } from '../auth/oidc/oidc-sign-in.ts';
import { ConsoleError } from '../console-error.ts';
import type { Routes } from './api-server.ts';
import { audited } from './audited.ts';

const attemptsPerMinute = 30;
const attemptCookie = 'saccade_sign_in';
const attemptPath = '/api/v1/session/oidc';
const limit = { rateLimit: { max: attemptsPerMinute, timeWindow: 60_000 } };

/** There and back again: to the provider of OpenID Connect, and in with what it says. */
export const addOidcRoutes: Routes = (server, { oidc, onSignInTrouble }) => {
  server.get(
    '/session/oidc',
    { config: { role: 'open', ...limit }, schema: { tags: ['session'] } },
    async (_request, reply) => {
      const { url, cookie } = await begin(configured(oidc), onSignInTrouble);
      // Lax: it has to come back with the browser when the provider sends it here.
      reply.setCookie(attemptCookie, cookie, {
        path: attemptPath,
        httpOnly: true,
        sameSite: 'lax',
        secure: oidc?.secure ?? true,
        maxAge: attemptMs / 1000,
      });
      return reply.redirect(url);
    },
  );

  server.get(
    '/session/oidc/callback',
    { config: { role: 'open', ...limit }, schema: { tags: ['session'], hide: true } },
    async (request, reply) => {
      const signIn = configured(oidc);
      const outcome = await signIn.finish(queryOf(request), request.cookies[attemptCookie]);
      reply.clearCookie(attemptCookie, { path: attemptPath });
      request.caller = callerOf(outcome);
      if (outcome.kind === 'refused') {
        onSignInTrouble?.(`${outcome.reason}: ${outcome.detail}`);
        const work = () => Promise.reject(new ConsoleError(403, `${outcome.reason}: ${outcome.detail}`));
        await audited(request, { action: 'session.begin', target: 'oidc' }, work).catch(() => null);
        return reply.redirect(`/?sign_in=${outcome.reason}`);
      }
      await audited(request, { action: 'session.begin', target: 'oidc' }, async () => undefined);
      reply.setCookie(sessionCookie, outcome.signedIn.cookie, {
        path: '/',
        httpOnly: true,
        sameSite: 'strict',
        secure: signIn.secure,
        maxAge: signIn.sessionMs / 1000,
      });
      return reply.redirect('/');
    },
  );
};

function configured(oidc: OidcSignIn | undefined): OidcSignIn {
  if (oidc === undefined)
    throw new ConsoleError(404, 'sign-in by OpenID Connect is not configured (console.oidc)');
  return oidc;
}

async function begin(
  oidc: OidcSignIn,
  onTrouble: ((detail: string) => void) | undefined,
): Promise<{ readonly url: string; readonly cookie: string }> {
  try {
    return await oidc.begin();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    onTrouble?.(`provider: ${detail}`);
    throw new ConsoleError(503, 'the provider that people sign in with does not answer as it should', {
      cause: error,
    });
  }
}

const queryOf = ({ url }: FastifyRequest): string => {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start);
};

const callerOf = (outcome: OidcOutcome): FastifyRequest['caller'] =>
  outcome.kind === 'signed-in' ? outcome.signedIn.caller : { ...stranger, name: outcome.who };
