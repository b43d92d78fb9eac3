import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openEyes } from '../eyes.ts';
import type { Stage } from '../stage.ts';

/** Longer than any rule of the shop's traffic takes to a page. */
const quietMs = 20_000;
const both = ['deployment/payments', 'deployment/checkout'] as const;

export function plannedChangeScenario(stage: () => Stage): void {
  it('pages nobody for a rollout and a scale-up', { timeout: 240_000 }, async () => {
    const { cluster } = stage();
    const scale = async (replicas: number): Promise<void> => {
      await cluster.kubectl(['-n', 'shop', 'scale', ...both, `--replicas=${replicas}`]);
      await cluster.rolledOut('shop', ...both);
    };
    const sinceMs = Date.now();
    await cluster.kubectl(['-n', 'shop', 'rollout', 'restart', 'deployment/payments']);
    await cluster.rolledOut('shop', 'deployment/payments');
    await scale(2);
    await sleep(quietMs);
    expect(
      openEyes(stage(), /\bshop\b/)
        .pages(sinceMs)
        .map(({ title }) => title),
    ).toEqual([]);
    await scale(1);
  });
}
