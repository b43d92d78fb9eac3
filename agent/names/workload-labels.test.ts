import { describe, expect, it } from 'vitest';
import { createLabelsOf, workloadLabelsSchema } from './workload-labels.ts';

const labelsOf = createLabelsOf(
  workloadLabelsSchema.parse([
    { match: { workload: 'netns/*' }, labels: { egress: 'observe', team: 'web' } },
    { match: { namespace: 'shop', workload: 'netns/pay*ents' }, labels: { egress: 'strict' } },
    { match: { workload: 'unit/nginx.service' }, labels: { team: 'edge' } },
  ]),
);

describe('workload labels', () => {
  it('gives the later entry the last word, label by label', () => {
    expect(labelsOf({ namespace: 'shop', workload: 'netns/payments' })).toEqual({
      egress: 'strict',
      team: 'web',
    });
    expect(labelsOf({ namespace: 'blog', workload: 'netns/payments' })).toEqual({
      egress: 'observe',
      team: 'web',
    });
  });

  it('matches whole values only', () => {
    expect(labelsOf({ namespace: '', workload: 'unit/nginx.service' })).toEqual({ team: 'edge' });
    expect(labelsOf({ namespace: '', workload: 'unit/nginx.service.d' })).toBeUndefined();
    expect(labelsOf({ namespace: '', workload: 'my-netns/x' })).toBeUndefined();
  });

  it('does not let the ends of a pattern share characters', () => {
    const one = createLabelsOf(
      workloadLabelsSchema.parse([{ match: { workload: 'ab*ba' }, labels: { x: '1' } }]),
    );
    expect(one({ namespace: '', workload: 'aba' })).toBeUndefined();
    expect(one({ namespace: '', workload: 'abba' })).toEqual({ x: '1' });
  });
});
