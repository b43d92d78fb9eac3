import { z } from 'zod';
import { sessionMs } from '../auth/authenticator.ts';
import { sessionCookie, stranger } from '../auth/guard.ts';
import { roles } from '../auth/roles.ts';
import { ConsoleError } from '../console-error.ts';
import type { Routes } from './api-server.ts';
import { audited } from './audited.ts';

const sessionSchema = z
  .object({
    signed_in: z.boolean(),
    sign_in_required: z.boolean(),
    sign_in_by: z.array(z.enum(['token', 'oidc'])).describe('Ways to sign in; none where nobody has to.'),
    name: z.string(),
    role: z.enum(roles),
    version: z.string().describe('Of Saccade; empty before sign-in.'),
  })
  .meta({ id: 'Session' });

export type SessionView = z.infer<typeof sessionSchema>;

const endedSchema = z.object({
  next: z.string().nullable().describe('Where to sign out of the provider as well.'),
});

const attemptsPerMinute = 10;

/** Who am I, sign in, sign out. */
export const addSessionRoutes: Routes = (server, { authenticator, oidc }) => {
  server.get(
    '/session',
    { config: { role: 'open' }, schema: { tags: ['session'], response: { 200: sessionSchema } } },
    async ({ caller: { name, role }, ports }) => {
      const signedIn = !authenticator.required || name !== '';
      return {
        signed_in: signedIn,
        sign_in_required: authenticator.required,
        sign_in_by: [
          ...(authenticator.hasTokens ? ['token' as const] : []),
          ...(oidc ? ['oidc' as const] : []),
        ],
        name,
        role,
        version: signedIn ? ports.status().version : '',
      };
    },
  );

  server.post(
    '/session',
    {
      config: { role: 'open', rateLimit: { max: attemptsPerMinute, timeWindow: 60_000 } },
      schema: {
        tags: ['session'],
        body: z.strictObject({ token: z.string().min(1).max(4096) }),
        response: { 200: z.object({ name: z.string(), role: z.enum(roles) }) },
      },
    },
    async (request, reply) => {
      const signedIn = await authenticator.signIn(request.body.token.trim());
      request.caller = signedIn?.caller ?? stranger;
      return audited(request, { action: 'session.begin', target: '' }, async () => {
        if (signedIn === undefined) throw new ConsoleError(401, 'this token is not known here');
        reply.setCookie(sessionCookie, signedIn.cookie, {
          path: '/',
          httpOnly: true,
          sameSite: 'strict',
          secure: request.headers['x-forwarded-proto'] === 'https',
          maxAge: sessionMs / 1000,
        });
        return { name: signedIn.caller.name, role: signedIn.caller.role };
      });
    },
  );

  server.delete(
    '/session',
    { config: { role: 'open' }, schema: { tags: ['session'], response: { 200: endedSchema } } },
    async (request, reply) => {
      reply.clearCookie(sessionCookie, { path: '/' });
      const caller = await oidc?.sessionOf(request.cookies[sessionCookie] ?? '');
      // Without it one would be signed in again by the next click.
      const next = caller === undefined ? null : await oidc?.endUrl().catch(() => null);
      return { next: next ?? null };
    },
  );
};
