import { expect, it } from 'vitest';
import { injectFault } from '../../lab/faults.ts';
import { openEyes } from '../eyes.ts';
import type { Stage } from '../stage.ts';

export function dnsFailureScenario(stage: () => Stage): void {
  it(
    'tells in one message that the cluster’s DNS does not answer, by its Service, and the end',
    { timeout: 900_000 },
    async () => {
      const { cluster } = stage();
      const eyes = openEyes(stage(), /kube-dns/);
      const [name = ''] = await cluster.pods('kube-system', 'k8s-app=kube-dns');
      const resolver = await cluster.podNetwork('kube-system', name);
      const brokenAtMs = Date.now();
      await using fault = await injectFault(resolver, { kind: 'outage' }, { servicePort: 53 });
      const page = await eyes.page(brokenAtMs);
      expect(page.title).toMatch(/DnsFailures .*kube-dns\.kube-system:53/);
      expect(page.text).toContain('service/kube-dns.kube-system (deployment/coredns)');
      expect((await fault.clear()).dropped).toBeGreaterThan(0);
      await eyes.end(page);
      expect(eyes.threads(brokenAtMs)).toEqual([page.root]);
    },
  );
}
