import { afterEach, describe, expect, it } from 'vitest';
import { ConsoleScene } from '../testing/console-scene.ts';
import { isSealedWith, readClaim, sealSession } from './session-cookie.ts';

const nowMs = Date.UTC(2026, 10, 21, 14);
const environment = {
  VIEWER: 'viewer-token-0123456789',
  RESPONDER: 'responder-token-0123456789',
  ADMIN: 'admin-token-0123456789',
  SHORT: 'short',
};
const tokens = (['viewer', 'responder', 'admin'] as const).map((role) => ({
  name: `the ${role}`,
  role,
  token_env: role.toUpperCase(),
}));

let scene: ConsoleScene;
afterEach(() => scene.dispose());

async function start(options: Partial<ConstructorParameters<typeof ConsoleScene>[0]> = {}): Promise<void> {
  scene = new ConsoleScene({ nowMs, tokens, environment, ...options });
  await scene.start();
}
const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });
const silence = { matchers: [{ name: 'alertname', op: '=', value: 'X' }], duration_ms: 60_000 };

async function status(method: 'GET' | 'POST', url: string, headers: Record<string, string>): Promise<number> {
  const payload = method === 'POST' ? { payload: silence } : {};
  return (await scene.server.inject({ method, url: `/api/v1${url}`, headers, ...payload })).statusCode;
}

describe('with tokens', () => {
  it.each([
    ['nobody', {}, [401, 401, 401]],
    ['a wrong token', bearer('wrong'), [401, 401, 401]],
    ['a viewer', bearer(environment.VIEWER), [200, 403, 403]],
    ['a responder', bearer(environment.RESPONDER), [200, 200, 403]],
    ['an admin', bearer(environment.ADMIN), [200, 200, 200]],
  ])('%s may look, act, audit: %j', async (_who, headers, expected) => {
    await start();
    const given = headers as Record<string, string>;
    expect([
      await status('GET', '/alerts', given),
      await status('POST', '/silences', given),
      await status('GET', '/audit', given),
    ]).toEqual(expected);
  });

  it('signs in with a cookie that scripts cannot read, and out again', async () => {
    await start();
    const signIn = await scene.server.inject({
      method: 'POST',
      url: '/api/v1/session',
      payload: { token: environment.RESPONDER },
    });
    const [cookie] = signIn.cookies;
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
    const headers = { cookie: `saccade_session=${cookie?.value}` };
    expect(await status('GET', '/alerts', headers)).toBe(200);
    const signOut = await scene.server.inject({ method: 'DELETE', url: '/api/v1/session', headers });
    expect(signOut.cookies).toMatchObject([{ name: 'saccade_session', value: '' }]);
  });

  it('limits attempts, and writes them down without the token', async () => {
    await start();
    const attempt = async (): Promise<number> =>
      (
        await scene.server.inject({
          method: 'POST',
          url: '/api/v1/session',
          payload: { token: 'guess-secret' },
        })
      ).statusCode;
    const answers: number[] = [];
    for (let count = 0; count < 12; count++) answers.push(await attempt());
    expect(answers).toEqual([...Array<number>(10).fill(401), 429, 429]);
    const audit = await scene.server.inject({ url: '/api/v1/audit', headers: bearer(environment.ADMIN) });
    expect(audit.json()).toMatchObject({
      entries: Array(10).fill({ action: 'session.begin', outcome: 'refused' }) as unknown,
    });
    expect(audit.body).not.toContain('guess-secret');
  });

  it('lets nobody in with a token that can be guessed', async () => {
    await start({ tokens: [{ name: 'x', role: 'admin', token_env: 'SHORT' }] });
    expect(await status('GET', '/alerts', bearer('short'))).toBe(401);
    expect(scene.errors).not.toEqual([]);
  });

  it('tells a stranger nothing but that one must sign in', async () => {
    await start();
    const session = await scene.server.inject({ url: '/api/v1/session' });
    expect(session.json()).toEqual({
      signed_in: false,
      sign_in_required: true,
      sign_in_by: ['token'],
      name: '',
      role: 'viewer',
      version: '',
    });
  });
});

describe('pages of others', () => {
  it.each([
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ origin: 'http://localhost' }, 200],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{}, 200],
  ])('may change nothing: %j → %i', async (headers, expected) => {
    await start({ tokens: [] });
    expect(await status('POST', '/silences', { host: 'localhost', ...headers })).toBe(expected);
  });

  it.each([
    ['evil.example:9978', 403],
    ['127.0.0.1:9978', 200],
    ['[::1]:9978', 200],
  ])('reach no console without sign-in by a rebound name: %s → %i', async (host, expected) => {
    await start({ tokens: [] });
    expect(await status('GET', '/alerts', { host })).toBe(expected);
  });

  it('cannot send a form', async () => {
    await start({ tokens: [] });
    const headers = { 'content-type': 'text/plain' };
    const answer = await scene.server.inject({
      method: 'POST',
      url: '/api/v1/silences',
      headers,
      payload: '{}',
    });
    expect(answer.statusCode).toBe(415);
  });
});

describe('a session', () => {
  const session = { name: 'ada ä.b', expiresAtMs: 1_795_248_000_000 };
  const cookie = sealSession(session, 'a token');

  it('says who and until when', () => {
    expect(readClaim(cookie)).toEqual(session);
  });

  it.each([
    [cookie, 'a token', true],
    [cookie, 'another token', false],
    [cookie.replace('1795248000000', '1995248000000'), 'a token', false],
    [`${cookie}x`, 'a token', false],
  ])('%s is sealed with %j: %j', (text, token, sealed) => {
    expect(isSealedWith(text, token)).toBe(sealed);
  });

  it.each(['', 'x', 'a.b.c', `${'a'.repeat(500)}.1.${'b'.repeat(43)}`])('%j is none', (text) => {
    expect(readClaim(text)).toBeUndefined();
  });
});
