import { expect, it } from 'vitest';
import type { Stage } from '../stage.ts';

const objects = `
apiVersion: saccade.io/v1alpha1
kind: SaccadeRule
metadata: { name: basket, namespace: shop }
spec:
  rules:
    - alert: BasketSlow
      id: basket-slow
      signal: tcp.rtt
      where: [workload == "deployment/basket"]
      by: [workload, peer]
      measure: min_rtt
      over: [10s]
      when: [measure > 5000000]
---
apiVersion: saccade.io/v1alpha1
kind: Silence
metadata: { name: migration, namespace: shop }
spec:
  matchers: [{ name: workload, value: job/migrate }]
  ends_at: '2100-01-01T00:00:00Z'
  comment: the nightly migration
`;

export function objectsScenario(stage: () => Stage): void {
  it('takes rules and silences that are objects, and says so in them', { timeout: 120_000 }, async () => {
    const { cluster } = stage();
    await cluster.apply(objects);
    const state = (what: string) =>
      cluster.waitFor(`the state of ${what}`, async () => {
        const said = await cluster.kubectl(['-n', 'shop', 'get', what, '-o', 'jsonpath={.status.state}']);
        return said === '' ? undefined : said;
      });
    expect(await state('saccaderule/basket')).toBe('Active');
    expect(await state('silence/migration')).toBe('Active');
  });
}
