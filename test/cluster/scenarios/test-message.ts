import { expect, it } from 'vitest';
import type { Stage } from '../stage.ts';

export function testMessageScenario(stage: () => Stage): void {
  it('sends one message by `helm test`', { timeout: 120_000 }, async () => {
    const { cluster } = stage();
    const sinceMs = Date.now();
    await cluster.helm(['-n', 'saccade', 'test', 'saccade', '--timeout', '60s']);
    const told = stage()
      .seen()
      .filter(({ atMs, text }) => atMs >= sinceMs && /test/i.test(text));
    expect(told).toMatchObject([{ kind: 'post', tone: 'other' }]);
  });
}
