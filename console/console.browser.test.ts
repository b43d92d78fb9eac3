import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityFaults, chromiumPath, collectComplaints, openBrowser } from './testing/browser.ts';
import { ConsoleScene } from './testing/console-scene.ts';
import { firingFingerprint, firingStory, pastStory } from './testing/sample-story.ts';

/** The pages in a real Chromium, over a real history. */
const nowMs = Date.now();
const window = 'span=900000';
const pages = [
  ['/', '1 page firing'],
  [`/alerts/${firingFingerprint}-1`, 'RetransmitSpike'],
  ['/history?q=retrans', 'History'],
  [`/explore?workload=deployment%2Fcheckout&peer=api.payments.example&${window}`, 'Explore'],
  ['/map', 'Map'],
  ['/destinations', 'Destinations'],
  ['/captures', 'Captures'],
  ['/rules', 'Rules'],
  ['/silences', 'Silences'],
  ['/status', 'Status'],
  ['/nowhere', 'Not found'],
] as const;

describe.skipIf(chromiumPath === undefined)('in a browser', () => {
  let browser: Browser;
  let scene: ConsoleScene;
  let url: string;

  beforeAll(async () => {
    browser = await openBrowser();
    scene = new ConsoleScene({ nowMs });
    await scene.tell([...pastStory(nowMs, 60), ...firingStory(nowMs, '/captures/one.pcapng')]);
    url = await scene.start({ listen: true });
  });
  afterAll(async () => {
    await browser.close();
    await scene.dispose();
  });

  async function open(path: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const page = await browser.newPage({ colorScheme });
    await page.goto(url + path);
    await page.locator('h1').first().waitFor();
    await page.locator('.loading').first().waitFor({ state: 'detached' });
    return page;
  }

  describe.each(['light', 'dark'] as const)('%s', (scheme) => {
    it.each(pages)('%s loads without complaint and can be used by everybody', async (path, title) => {
      const page = await browser.newPage({ colorScheme: scheme });
      const complaints = collectComplaints(page);
      await page.goto(url + path);
      await page.locator('h1', { hasText: title }).waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
      expect(complaints).toEqual([]);
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.close();
    });
  });

  it('leads through an incident: from the first look to the verdict', async () => {
    const page = await open('/');
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText('with local').waitFor();
    await page.getByRole('article').getByRole('link', { name: 'RetransmitSpike' }).click();
    await page.getByRole('heading', { name: 'Why' }).waitFor();
    await page.getByText('Loss on the way to the peer').first().waitFor();
    await page.getByText('12 % within 200 ms', { exact: true }).waitFor();
    await page.locator('.chart canvas').waitFor();
    await page.getByRole('button', { name: 'Silence…' }).click();
    await page.getByLabel('Why').fill('the provider knows');
    await page.getByRole('button', { name: 'Silence', exact: true }).click();
    await page.getByText('Silenced').waitFor();
    await page.getByRole('button', { name: 'useful' }).click();
    await page.locator('button[aria-pressed=true]', { hasText: 'useful' }).waitFor();
    await page.getByRole('link', { name: 'Silences' }).click();
    await page.getByText('the provider knows').waitFor();
    await page.getByRole('button', { name: 'End now' }).click();
    await page.getByText('ended by local').waitFor();
    await page.getByRole('link', { name: 'Status' }).click();
    await page.getByText('alert.verdict').waitFor();
    await page.close();
  });

  it('shows a new alert without being asked', async () => {
    const page = await open('/');
    const [told] = pastStory(nowMs, 1);
    const alert = {
      ...(told?.event.data as object),
      alert: 'BrandNew',
      fingerprint: 'feedbeef',
      started_at_ms: nowMs,
    };
    if (told) await scene.tell([{ topic: 'alerts', event: { ...told.event, id: 'brand-new', data: alert } }]);
    await page.getByRole('link', { name: 'BrandNew' }).waitFor();
    await page.close();
  });

  it('keeps filters in the address', async () => {
    const page = await open('/history');
    await page.getByLabel('Level').selectOption('page');
    await page.waitForURL('**/history?level=page');
    await page.reload();
    await page.locator('h1').waitFor();
    expect(await page.getByLabel('Level').inputValue()).toBe('page');
    await page.close();
  });

  it('drafts a rule from what is seen, and tries it', async () => {
    const page = await open(`/explore?${window}`);
    await page.getByRole('button', { name: 'Alert on this…' }).click();
    await page.getByText('It compiles.').waitFor();
    await page.getByRole('button', { name: 'What would it have done?' }).click();
    await page.getByText('would have paged once').waitFor();
    await page.close();
  });

  it('leads from a line of the map to its alerts', async () => {
    const page = await open('/map');
    await page
      .getByRole('button', { name: 'deployment/checkout → api.payments.example: in trouble' })
      .press('Enter');
    await page.getByRole('link', { name: 'Its alerts' }).click();
    await page.waitForURL('**/history?workload=*');
    await page.close();
  });

  it('changes its colours on request, and keeps that', async () => {
    const page = await open('/');
    const ground = (): Promise<string> =>
      page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.getByRole('button', { name: 'Theme: system' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.locator('h1').waitFor();
    expect(await ground()).toBe(dark);
    await page.close();
  });
});
