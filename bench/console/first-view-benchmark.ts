import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../../console/testing/browser.ts';
import type { Benchmark, BenchmarkOptions, BenchmarkResult } from '../benchmark.ts';
import { fingerprintOf } from '../history/alert-load.ts';
import { machineConditions } from '../machine.ts';
import { quantile } from '../statistics.ts';
import { fillDataFolder, startConsole } from './console-under-test.ts';

const alerts = 10_000;
const repetitions = { full: 20, quick: 5 } as const;
/** Of `transitionOf`: an alert that is open, so that its page draws all it has. */
const openAlert = `${fingerprintOf(501)}-1`;

/** Each with what has to stand there before a person can read it. */
const views = [
  { name: 'Now', path: '/', drawn: 'article.firing' },
  { name: 'an alert, without its chart', path: `/alerts/${openAlert}`, drawn: '.alert-head h1' },
  { name: 'History', path: '/history', drawn: 'table.alerts tbody tr:nth-child(20)' },
  { name: 'History, searched', path: '/history?q=service-7', drawn: 'table.alerts tbody tr:nth-child(3)' },
] as const;

export const firstViewBenchmark: Benchmark = {
  name: 'first-view',
  description: 'From entering an address of the console until what it shows can be read, in a real Chromium.',
  async run(options) {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'saccade-bench-console-'));
    return await measure(folder.path, options);
  },
};

async function measure(
  folder: string,
  { quick, progress, signal }: BenchmarkOptions,
): Promise<BenchmarkResult> {
  const rounds = quick ? repetitions.quick : repetitions.full;
  progress(`writing ${alerts} alerts`);
  await fillDataFolder(folder, alerts);
  await using server = await startConsole(folder);
  const browser = await openBrowser();
  const times = new Map<string, { readonly cold: number[]; readonly warm: number[] }>();
  try {
    // In turns, so that a slow minute of the machine is shared by all.
    for (let round = 0; round < rounds; round++)
      for (const view of views) {
        signal.throwIfAborted();
        progress(`${view.name}, ${round + 1} of ${rounds}`);
        const { cold, warm } = times.get(view.name) ?? { cold: [], warm: [] };
        times.set(view.name, { cold, warm });
        const [first, second] = await openTwice(browser, server.url + view.path, view.drawn);
        cold.push(first);
        warm.push(second);
      }
  } finally {
    await browser.close();
  }
  return {
    benchmark: 'first-view',
    conditions: { ...machineConditions(), alerts, repetitions: rounds, browser: browser.version() },
    rows: [...times].map(([name, { cold, warm }]) => ({
      name,
      figures: {
        'first visit, p50 ms': quantile(cold, 0.5),
        'first visit, p95 ms': quantile(cold, 0.95),
        'again, p50 ms': quantile(warm, 0.5),
        'again, p95 ms': quantile(warm, 0.95),
      },
    })),
    notes: [
      'First visit: nothing in the cache of the browser. The goal is below 1,000 ms for the first view with 10,000 alerts.',
      'From the start of the navigation to the frame after the last of what is looked for, by the clock of the page.',
    ],
  };
}

/** In one context of its own: the first time nothing is cached, the second time its files are. */
async function openTwice(browser: Browser, url: string, drawn: string): Promise<readonly [number, number]> {
  const context = await browser.newContext();
  try {
    const open = async (): Promise<number> => {
      const page = await context.newPage();
      await page.goto(url, { waitUntil: 'commit' });
      await page.locator(drawn).first().waitFor();
      const ms = await page.evaluate<number>(
        'new Promise((done) => requestAnimationFrame(() => done(performance.now())))',
      );
      await page.close();
      return ms;
    };
    return [await open(), await open()];
  } finally {
    await context.close();
  }
}
