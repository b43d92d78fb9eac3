import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../stream/events/observation.ts';
import { createView } from '../testing/delivery.ts';
import { createTransition } from '../testing/events.ts';
import { peerName } from './alert-view.ts';
import { describeCause } from './describe-cause.ts';
import { evidenceSections } from './describe-evidence.ts';
import { describeGroup } from './describe-group.ts';

const viewOf = (signal: string, evidence: Omit<Evidence, 'sockets'>) =>
  createView({
    transition: createTransition({
      signal,
      fields: {},
      evidence: { sockets: [], ...evidence },
      labels: { layer: 'dns', team: 'platform' },
      subject: { cluster: 'c1', node: 'n1', namespace: 'shop', workload: 'deployment/checkout' },
    }),
  });
const sectionsOf = (view: ReturnType<typeof viewOf>) =>
  evidenceSections(view)
    .slice(1)
    .map(({ title, text }) => [title, ...text.split('\n')]);

describe('evidence', () => {
  it('of lookups', () => {
    const view = viewOf('dns', {
      lookups: [
        { name: 'payments.example.com', type: 'A', outcome: 'SERVFAIL', count: 12, latency_us: 1_850 },
        { name: 'db.example.com', type: 'AAAA', outcome: 'SERVFAIL', count: 1 },
        { name: 'ok.example.com', type: 'A', outcome: 'NOERROR', count: 2 },
      ],
    });
    expect(sectionsOf(view)).toEqual([
      [
        'Lookups',
        'payments.example.com A: SERVFAIL, 12 times, 1.9 ms',
        'db.example.com AAAA: SERVFAIL',
        'ok.example.com A: NOERROR, 2 times',
      ],
    ]);
    expect(describeCause(view)).toBe(
      '13 of the 15 lookups seen were answered SERVFAIL: payments.example.com, db.example.com',
    );
  });

  it('of requests', () => {
    const view = viewOf('apiserver.latency', {
      requests: [
        {
          target: '/readyz',
          outcome: 'timeout',
          count: 3,
          phases_us: { connect: 400, tls: 9_000, first_byte: 2_500_000, total: 2_509_400 },
          detail: 'fresh connection',
        },
      ],
    });
    expect(sectionsOf(view)).toEqual([
      [
        'Requests',
        '/readyz: timeout, 3 times, connect 400 µs, tls 9 ms, first byte 2.5 s, total 2.5 s, fresh connection',
      ],
    ]);
    expect(describeCause(view)).toBe(
      '/readyz: no answer came in time (3 of the 3 requests seen); most of its time went into first byte (2.5 s)',
    );
  });

  it('of destinations', () => {
    const view = viewOf('net.destinations', {
      destinations: [
        { name: 'evil.example', ip: '203.0.113.9', service_port: 443 },
        { name: '2001:db8::9', ip: '2001:db8::9', service_port: 22 },
      ],
    });
    expect(sectionsOf(view)).toEqual([
      ['Destinations', 'evil.example (203.0.113.9:443)', '[2001:db8::9]:22'],
    ]);
    expect(describeCause(view)).toBe('checkout has not talked to evil.example:443 before and 1 more');
  });

  it('of destinations over UDP', () => {
    const view = viewOf('net.destinations', {
      destinations: [
        { name: 'evil.example', ip: '203.0.113.9', service_port: 443, protocol: 'udp' },
        { name: '203.0.113.7', ip: '203.0.113.7', service_port: 40_000, protocol: 'udp' },
      ],
    });
    expect(sectionsOf(view)).toEqual([
      ['Destinations', 'evil.example (203.0.113.9) by QUIC (UDP 443)', '203.0.113.7 by UDP 40000'],
    ]);
    const [evil] = view.transition.evidence?.destinations ?? [];
    const to = (service_port: number | undefined, name = 'evil.example') => ({
      ...view.transition,
      service_port: service_port ?? null,
      peer: { kind: 'external' as const, name, ip: '203.0.113.9' },
    });
    expect(peerName(to(evil?.service_port))).toBe('evil.example:443/udp');
    expect(peerName(to(22))).toBe('evil.example:22');
    expect(describeCause(view)).toBe(
      'checkout has not talked to evil.example by QUIC (UDP 443) before and 1 more',
    );
  });

  it('is told with whose problem it is', () => {
    const { facts } = describeGroup([viewOf('dns', {})]);
    expect(facts).toContainEqual({ name: 'Layer', value: 'dns' });
    expect(facts).toContainEqual({ name: 'Team', value: 'platform' });
  });

  it('names no machine as a team', () => {
    const view = viewOf('dns', {});
    const labels = { layer: 'dns', team: view.transition.subject.node };
    const { facts } = describeGroup([{ ...view, transition: { ...view.transition, labels } }]);
    expect(facts.some(({ name }) => name === 'Team')).toBe(false);
  });
});
