import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityFaults, chromiumPath, openBrowser } from './testing/browser.ts';
import { ConsoleScene } from './testing/console-scene.ts';
import { firingStory, pastStory } from './testing/sample-story.ts';

/** A page that stays open while the server goes away and comes back, in a real Chromium. */
const nowMs = Date.now();
const views = [
  { name: 'a wide dark page', colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  { name: 'a light phone', colorScheme: 'light', viewport: { width: 390, height: 844 } },
] as const;

describe.skipIf(chromiumPath === undefined)('a server that goes away', () => {
  let browser: Browser;
  let scene: ConsoleScene;
  let url: string;
  let pages: readonly Page[];

  beforeAll(async () => {
    browser = await openBrowser();
    scene = new ConsoleScene({ nowMs });
    await scene.tell(firingStory(nowMs, null));
    url = await scene.start({ listen: true });
    pages = await Promise.all(
      views.map(async ({ colorScheme, viewport }) => {
        const page = await browser.newPage({ colorScheme, viewport });
        await page.goto(url);
        await page.locator('.live.on').waitFor({ state: 'attached' });
        await page.locator('h1', { hasText: '1 page firing' }).waitFor();
        return page;
      }),
    );
  });
  afterAll(async () => {
    await browser.close();
    await scene.dispose();
  });

  it('shows no banner while it answers', async () => {
    for (const page of pages) expect(await page.locator('.stale').count()).toBe(0);
  });

  it('is told of across the page, which keeps what it knew', async () => {
    await scene.stop();
    for (const page of pages) {
      const banner = page.getByRole('status').filter({ hasText: 'Not updated since' });
      await banner.getByText('what shows here is old').waitFor();
      await page.mouse.wheel(0, 2000);
      expect((await banner.boundingBox())?.y).toBeGreaterThanOrEqual(0);
      expect((await banner.boundingBox())?.width).toBe(page.viewportSize()?.width);
      expect(await page.locator('h1').textContent()).toContain('1 page firing');
      expect(await accessibilityFaults(page)).toEqual([]);
    }
  });

  it('is told of on a page that is opened meanwhile by a link, and fails alone there', async () => {
    const [page] = pages;
    await page?.getByRole('link', { name: 'Silences' }).click();
    await page?.getByText('Saccade does not answer').waitFor();
    await page?.getByRole('link', { name: 'Now' }).click();
    expect(await page?.locator('.stale').count()).toBe(1);
  });

  it('is seen to be back, and what came meanwhile shows without a reload', async () => {
    const [past] = pastStory(nowMs, 1);
    if (past === undefined) throw new Error('the story is empty');
    const data = { ...(past.event.data as object), alert: 'Meanwhile', started_at_ms: nowMs };
    await scene.tell([{ topic: 'alerts', event: { ...past.event, id: 'meanwhile', data } }]);
    await scene.start({ listen: true, port: Number(new URL(url).port) });
    for (const page of pages) {
      await page.locator('.stale').waitFor({ state: 'detached' });
      await page.getByRole('link', { name: 'Meanwhile' }).waitFor();
      await page.getByText('Saccade answers again').waitFor({ state: 'attached' });
    }
  });
});
