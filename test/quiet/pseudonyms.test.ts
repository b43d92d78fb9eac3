import { describe, expect, it } from 'vitest';
import type { ObservationBatch } from '../../stream/events/observation.ts';
import { createPseudonyms } from './pseudonyms.ts';

const batch: ObservationBatch = {
  window: { start: '2026-11-21T08:00:00.000Z', ms: 1_000, elapsed_ms: 1_000 },
  candidate: false,
  subject: { cluster: 'prod', node: 'secret-host', namespace: '', workload: 'unit/nginx.service' },
  rows: [
    {
      signal: 'tcp.traffic',
      role: 'client',
      service_port: 443,
      peer: { kind: 'external', name: 'api.internal.corp.test', ip: '192.0.2.77' },
      fields: { bytes_sent: 1 },
      evidence: {
        sockets: [
          { local: '10.1.1.1:5', remote: '192.0.2.77:443', state: 'ESTABLISHED', executable: '/home/ada/x' },
        ],
        lookups: [{ name: 'api.internal.corp.test', type: 'A', outcome: 'NOERROR', count: 1 }],
      },
    },
    {
      signal: 'tcp.traffic',
      role: 'client',
      service_port: 80,
      peer: { kind: 'loopback', name: '127.0.0.1', ip: '127.0.0.1' },
      fields: { bytes_sent: 1 },
    },
  ],
};

const hostSubject = {
  cluster: 'prod',
  node: 'secret-host',
  namespace: 'secret-host',
  workload: 'host/secret-host',
};

describe('pseudonyms', () => {
  it('leave no name or address of the place, and keep what belongs together together', () => {
    const replaced = createPseudonyms().batch(batch);
    const text = JSON.stringify(replaced);
    expect(createPseudonyms().batch({ ...batch, subject: hostSubject }).subject).toEqual({
      cluster: 'recorded',
      node: 'node',
      namespace: 'node',
      workload: 'host/node',
    });
    for (const secret of ['corp', 'internal', '192.0.2.77', '10.1.1.1', 'ada', 'prod', 'secret-host'])
      expect(text).not.toContain(secret);
    const [first, second] = replaced.rows;
    expect(first?.peer.name).toBe(first?.evidence?.lookups?.[0]?.name);
    expect(first?.peer.name.split('.')).toHaveLength(4);
    expect(second?.peer).toEqual({ kind: 'loopback', name: '127.0.0.1', ip: '127.0.0.1' });
  });

  it('give the same name the same pseudonym in every batch', () => {
    const pseudonyms = createPseudonyms();
    expect(pseudonyms.batch(batch)).toEqual(pseudonyms.batch(batch));
  });
});
