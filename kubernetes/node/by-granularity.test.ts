import { describe, expect, it } from 'vitest';
import { byGranularity } from './by-granularity.ts';

const subject = {
  namespace: 'shop',
  workload: 'deployment/checkout',
  pod: 'checkout-6d9f-abcde',
  container: 'client',
  labels: { team: 'payments' },
};

describe('granularity', () => {
  it('by workload leaves a subject as it is', () => {
    expect(byGranularity(subject, 'workload')).toBe(subject);
  });

  it('by pod names the pod, and says what it belongs to', () => {
    expect(byGranularity(subject, 'pod')).toEqual({
      ...subject,
      workload: 'pod/checkout-6d9f-abcde',
      labels: { team: 'payments', workload: 'deployment/checkout' },
    });
  });

  it('by pod changes nothing of a pod of nobody', () => {
    const alone = { namespace: 'shop', workload: 'pod/debug', pod: 'debug' };
    expect(byGranularity(alone, 'pod')).toBe(alone);
  });
});
