import { describe, expect, it } from 'vitest';
import { tcpRetransmits } from '../signals/tcp-retransmits.ts';
import { judgedFactCatalogue, keyFactNames, rowFactCatalogue, rowFacts } from './facts.ts';

const subject = {
  cluster: 'c',
  node: 'n',
  namespace: 'ns',
  workload: 'netns/a',
  pod: 'p',
  container: 'k',
  labels: { NAME: 'x', egress: 'strict' },
};
const row = {
  signal: 'tcp.retransmits',
  role: 'client',
  service_port: 443,
  peer: { kind: 'external', name: 'api.example.com', ip: '203.0.113.9' },
  target: '/readyz',
  fields: Object.fromEntries(Object.keys(tcpRetransmits.fields).map((name, index) => [name, index])),
} as const;

describe('rowFacts', () => {
  it('knows every fact of the row catalogue, in its declared type', () => {
    const facts = rowFacts(subject, row);
    for (const { name, type } of rowFactCatalogue(tcpRetransmits).values())
      expect([name, typeof facts(name)]).toEqual([name, type.type]);
  });

  it('gives undefined for what it does not know, also for names of JavaScript itself', () => {
    const facts = rowFacts({ cluster: 'c', node: 'n', namespace: 'ns', workload: 'w' }, row);
    for (const name of ['pod', 'constructor', '__proto__', 'toString', 'baseline.score'])
      expect(facts(name)).toBeUndefined();
  });
});

describe('labels', () => {
  it('are facts under any name, and unknown where the workload has none', () => {
    const facts = rowFacts(subject, row);
    expect([facts('labels.egress'), facts('labels.team'), facts('labels.constructor')]).toEqual([
      'strict',
      undefined,
      undefined,
    ]);
    expect(rowFactCatalogue(tcpRetransmits).get('labels.egress')).toMatchObject({ name: 'labels.egress' });
    for (const name of ['labels', 'labels.', 'labels.a-b', 'labels.a.b'])
      expect(rowFactCatalogue(tcpRetransmits).has(name)).toBe(false);
    expect(keyFactNames).toContain('target');
    expect(keyFactNames).not.toContain('labels.NAME');
  });
});

describe('judgedFactCatalogue', () => {
  it('has baseline facts only where there is a baseline, and all facts of the row', () => {
    const scope = { signal: tcpRetransmits, measureUnit: 'ratio' } as const;
    const without = judgedFactCatalogue({ ...scope, hasBaseline: false });
    expect(without.has('baseline.score')).toBe(false);
    expect(judgedFactCatalogue({ ...scope, hasBaseline: true }).get('baseline.upper')?.type).toEqual({
      type: 'number',
      unit: 'ratio',
    });
    for (const name of rowFactCatalogue(tcpRetransmits).keys()) expect(without.has(name)).toBe(true);
  });
});
