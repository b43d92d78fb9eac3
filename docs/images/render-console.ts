import { join } from 'node:path';
import { openBrowser } from '../../console/testing/browser.ts';
import { ConsoleScene } from '../../console/testing/console-scene.ts';
import { firingFingerprint, firingStory, pastStory } from '../../console/testing/sample-story.ts';

/** `node docs/images/render-console.ts` takes the pictures of the console that the docs show. Needs Chromium. */
/** Of the pictures, whenever they are taken. */
const nowMs = new Date(2026, 10, 21, 14, 5).getTime();
const pictures = [
  { name: 'console-now', path: '/', scheme: 'light' },
  { name: 'console-alert', path: `/alerts/${firingFingerprint}-1`, scheme: 'dark' },
  { name: 'console-map', path: '/map', scheme: 'light' },
] as const;

const scene = new ConsoleScene({ nowMs });
const browser = await openBrowser();
try {
  await scene.tell([...pastStory(nowMs, 120), ...firingStory(nowMs, '/captures/one.pcapng')]);
  const url = await scene.start({ listen: true });
  for (const { name, path, scheme } of pictures) {
    const page = await browser.newPage({ colorScheme: scheme, viewport: { width: 1240, height: 860 } });
    await page.clock.setSystemTime(nowMs);
    await page.goto(url + path);
    await page.locator('h1').first().waitFor();
    await page.locator('.loading').first().waitFor({ state: 'detached' });
    // The chart is drawn after its figures have come, its legend with it.
    if (path.startsWith('/alerts')) await page.locator('.chart .u-legend').waitFor();
    await page.locator('.live.on').waitFor();
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done, 500)))');
    await page.screenshot({ path: join(import.meta.dirname, `${name}.png`) });
    await page.close();
  }
} finally {
  await browser.close();
  await scene.dispose();
}
