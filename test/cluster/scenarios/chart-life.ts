import { expect, it } from 'vitest';
import { openEyes } from '../eyes.ts';
import { loseTowards } from '../shop-faults.ts';
import type { Stage } from '../stage.ts';
import { shopPath } from './loss.ts';

export function testMessageScenario(stage: () => Stage): void {
  it('sends one message by `helm test`', { timeout: 120_000 }, async () => {
    const { cluster, seen } = stage();
    const sinceMs = Date.now();
    await cluster.helm(['-n', 'saccade', 'test', 'saccade', '--timeout', '60s']);
    const told = seen().filter(({ atMs, text }) => atMs >= sinceMs && /test/i.test(text));
    expect(told).toMatchObject([{ kind: 'post', tone: 'other' }]);
  });
}

export function upgradeScenario(stage: () => Stage): void {
  it(
    'keeps an alert, its message and what was learned over an upgrade and a rollback',
    { timeout: 900_000 },
    async () => {
      const { cluster } = stage();
      const eyes = openEyes(stage(), shopPath);
      const lostAtMs = Date.now();
      await using fault = await loseTowards(cluster, 'payments', 'checkout', 20);
      const page = await eyes.page(lostAtMs);
      // Other agents, and another server.
      await stage().upgrade({
        server: { podLabels: { edition: 'next' } },
        agent: { podLabels: { edition: 'next' } },
      });
      await cluster.helm(['-n', 'saccade', 'rollback', 'saccade', '--wait', '--timeout', '150s']);
      await fault.clear();
      await eyes.end(page);
      expect(eyes.threads(lostAtMs)).toEqual([page.root]);
    },
  );
}
