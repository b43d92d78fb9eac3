import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAudit } from '../history/audit-queries.ts';
import { Secret } from '../source-text/secret.ts';
import { startProvider, type RunningProvider } from '../test/fakes/oidc/start-provider.ts';
import { freePort } from '../test/lab/free-port.ts';
import { oidcConfigSchema } from './auth/oidc/oidc-config-schema.ts';
import { callbackPath, createOidcSignIn } from './auth/oidc/oidc-sign-in.ts';
import { accessibilityFaults, chromiumPath, openBrowser } from './testing/browser.ts';
import { ConsoleScene } from './testing/console-scene.ts';
import { firingFingerprint, firingStory } from './testing/sample-story.ts';

const nowMs = Date.now();
const secret = 'client-secret-0123456789';
const groups: Readonly<Record<string, readonly string[]>> = { ada: ['sre', 'everybody'], bob: ['everybody'] };

describe.skipIf(chromiumPath === undefined)('sign-in by OpenID Connect', () => {
  let browser: Browser;
  let provider: RunningProvider;
  let scene: ConsoleScene;
  let url: string;

  beforeAll(async () => {
    browser = await openBrowser();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    provider = await startProvider(
      { id: 'saccade', secret, url, callbackPath },
      (name) => groups[name] ?? [],
    );
    const config = oidcConfigSchema.parse({
      issuer: provider.issuer,
      client_id: 'saccade',
      client_secret_env: 'SECRET',
      url,
      scopes: ['openid', 'profile', 'groups'],
      roles: { responder: ['sre'], viewer: ['everybody'] },
    });
    const oidc = createOidcSignIn({
      config,
      secret: new Secret({ env: 'SECRET' }, { SECRET: secret }),
      nowMs: () => Date.now(),
    });
    scene = new ConsoleScene({ nowMs, oidc });
    await scene.tell(firingStory(nowMs, null));
    await scene.start({ listen: true, port });
  });
  afterAll(async () => {
    await browser.close();
    await scene.dispose();
    await provider[Symbol.asyncDispose]();
  });

  /** As far as the provider's question for a name. */
  async function goToProvider(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${url}/alerts/${firingFingerprint}-1`);
    await page.getByRole('link', { name: 'Sign in with your account' }).click();
    await page.locator('input[name=login]').waitFor();
    return page;
  }

  async function signInAs(context: BrowserContext, name: string): Promise<Page> {
    const page = await goToProvider(context);
    await page.locator('input[name=login]').fill(name);
    await page.locator('input[name=password]').fill('any');
    await page.locator('button[type=submit]').click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(`${url}/**`);
    return page;
  }
  it('lets a person in with the role that their group gives, to act under their name, and out again', async () => {
    const context = await browser.newContext();
    const page = await signInAs(context, 'ada');
    await page.getByText('ada, responder').waitFor();
    const cookies = await context.cookies(url);
    const session = cookies.find(({ name }) => name === 'saccade_session');
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    expect(cookies.some(({ name }) => name === 'saccade_sign_in')).toBe(false);

    await page.goto(`${url}/alerts/${firingFingerprint}-1`);
    await page
      .getByRole('button', { name: /^Acknowledge|^Take it|^I take/ })
      .first()
      .click();
    await page.getByText('ada took it').waitFor();

    await page.getByRole('button', { name: 'Sign out' }).click();
    // The provider asks whether to end its session as well, then sends the browser back.
    await page.getByRole('button', { name: /yes/i }).click();
    await page.getByRole('link', { name: 'Sign in with your account' }).waitFor();
    expect(page.url()).toMatch(new RegExp(`^${url}/`));
    await page.getByRole('link', { name: 'Sign in with your account' }).click();
    await page.locator('input[name=login]').waitFor();
    await context.close();
  });

  it('lets a viewer look and not act', async () => {
    const context = await browser.newContext();
    const page = await signInAs(context, 'bob');
    await page.getByText('bob, viewer').waitFor();
    const answer = await page.request.post(`${url}/api/v1/alerts/${firingFingerprint}-1/acknowledge`, {
      data: {},
      headers: { origin: url },
    });
    expect(answer.status()).toBe(403);
    await context.close();
  });

  it('tells whom the provider knows but nobody gave a role', async () => {
    const context = await browser.newContext();
    const page = await signInAs(context, 'eve');
    await page.getByText('nothing there gives you a role').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(scene.signInTroubles.at(-1)).toBe('no_role: no role by the claim groups');
    await context.close();
  });

  it('tells who changed their mind at the provider', async () => {
    const context = await browser.newContext();
    const page = await goToProvider(context);
    await page.getByRole('link', { name: /cancel/i }).click();
    await page.getByText('Your provider did not sign you in').waitFor();
    await context.close();
  });

  it('takes no answer that another browser asked for, and none twice', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${url}${callbackPath}?code=stolen&state=guessed`);
    await page.getByText('began in another browser').waitFor();
    expect((await context.cookies(url)).map(({ name }) => name)).not.toContain('saccade_session');
    await context.close();
  });

  it('believes no session that it has not sealed itself', async () => {
    const forged = `${Buffer.from(JSON.stringify({ value: { name: 'ada', role: 'admin' }, expiresAtMs: 9e15 })).toString('base64url')}.AAAA`;
    const answer = await fetch(`${url}/api/v1/alerts`, { headers: { cookie: `saccade_session=${forged}` } });
    expect(answer.status).toBe(401);
  });

  it('writes down who came in and who did not', () => {
    const begun = listAudit(scene.history.log.database, {}).filter(
      ({ action }) => action === 'session.begin',
    );
    expect(begun.some(({ by, outcome }) => by === 'ada' && outcome === 'done')).toBe(true);
    expect(begun.some(({ by, outcome }) => by === 'eve' && outcome === 'refused')).toBe(true);
  });
});
