import { describe, expect, it } from 'vitest';
import type { UsablePolicy } from './agent-policy-record.ts';
import { readablePolicySpecSchema } from './agent-policy-spec.ts';
import { judgePolicies } from './judge-policies.ts';
import type { Labels } from './label-selector.ts';

let made = 0;
const policy = (name: string, spec: object): UsablePolicy => ({
  uid: name,
  name,
  generation: 1,
  createdMs: ++made,
  spec: readablePolicySpecSchema.parse(spec),
  fault: '',
});
const zone = (value: string): object => ({ selector: { matchLabels: { zone: value } } });
const nodes: readonly (readonly [string, Labels])[] = [
  ['n1', { zone: 'a' }],
  ['n2', { zone: 'a' }],
  ['n3', { zone: 'b' }],
];
const none = { lostTo: undefined, wonOver: undefined };

describe('policies over all nodes', () => {
  it('a higher priority is no conflict', () => {
    const judged = judgePolicies([policy('all', {}), policy('a', { ...zone('a'), priority: 1 })], nodes);
    expect(judged.get('all')).toEqual({ nodes: 3, inForce: 1, ...none });
    expect(judged.get('a')).toEqual({ nodes: 2, inForce: 2, ...none });
  });

  it('of the same priority the oldest holds, and both are told the first node of it', () => {
    const judged = judgePolicies([policy('old', zone('a')), policy('new', {})], nodes);
    expect(judged.get('old')).toEqual({
      nodes: 2,
      inForce: 2,
      lostTo: undefined,
      wonOver: { name: 'new', node: 'n1' },
    });
    expect(judged.get('new')).toEqual({
      nodes: 3,
      inForce: 1,
      lostTo: { name: 'old', node: 'n1' },
      wonOver: undefined,
    });
  });

  it('two that both give way to a third have no conflict', () => {
    const judged = judgePolicies([policy('x', {}), policy('y', {}), policy('z', { priority: 9 })], nodes);
    expect(judged.get('y')).toEqual({ nodes: 3, inForce: 0, ...none });
  });

  it('one that selects no node is told, too', () => {
    expect(judgePolicies([policy('c', zone('c'))], nodes).get('c')).toEqual({
      nodes: 0,
      inForce: 0,
      ...none,
    });
  });
});
