import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { patienceMs } from '../eyes.ts';
import { fileOf } from '../finished-capture.ts';
import type { Stage } from '../stage.ts';

const captureOf = (name: string, spec: string): string => `
apiVersion: saccade.io/v1alpha1
kind: PacketCapture
metadata: { name: ${name}, namespace: shop }
spec: { ${spec} }
`;

/** A capture that is an object: made by hand, told in its status, deleted with its file. */
export function packetCaptureScenario(stage: () => Stage): void {
  it(
    'makes captures of objects, and deletes their files with them',
    { timeout: 2 * patienceMs },
    async () => {
      const { cluster } = stage();
      const [pod = ''] = await cluster.pods('shop', 'app=checkout');
      const peer = 'peer: service/payments.shop';
      await cluster.apply(captureOf('kept', `pod: ${pod}, ${peer}, seconds: 2`));
      await cluster.apply(
        captureOf('passing', `workload: deployment/checkout, ${peer}, seconds: 1, ttl_seconds: 10`),
      );
      await cluster.apply(captureOf('waiting', `workload: deployment/checkout, peer: nobody.example`));
      const statusOf = async (name: string): Promise<Readonly<Record<string, unknown>>> =>
        JSON.parse(
          (await cluster.kubectl(['-n', 'shop', 'get', 'packetcapture', name, '-o', 'jsonpath={.status}'])) ||
            '{}',
        ) as Readonly<Record<string, unknown>>;

      const done = await cluster.waitFor(
        'the capture of an object',
        async () => {
          const status = await statusOf('kept');
          return status['phase'] === 'Completed' || status['phase'] === 'Failed' ? status : undefined;
        },
        patienceMs,
      );
      expect(done).toMatchObject({ phase: 'Completed', message: '', node: 'node1' });
      const id = String(done['capture']);
      const file = fileOf(stage(), id) ?? '';
      const listed = execFileSync('tcpdump', ['-nr', file], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      expect(listed.trim().split('\n').length).toBe(done['packets']);
      expect(await statusOf('waiting')).toMatchObject({ phase: 'Pending' });

      await cluster.kubectl(['-n', 'shop', 'delete', 'packetcapture', 'kept']);
      await cluster.waitFor('its file to be gone', async () => (existsSync(file) ? undefined : true));
      await cluster.waitFor(
        'what expired to be gone',
        async () => {
          const names = await cluster.kubectl(['-n', 'shop', 'get', 'packetcaptures', '-o', 'name']);
          return names.includes('passing') ? undefined : true;
        },
        patienceMs,
      );
      await expect(cluster.apply(captureOf('both', `pod: a, workload: job/a, ${peer}`))).rejects.toThrow(
        'name either a pod or a workload',
      );
    },
  );
}
