import { describe, expect, it } from 'vitest';
import { isOpposite } from './content/broken-ways.ts';
import { pathOf } from './group-key.ts';
import { createOpposite, createTransition } from './testing/events.ts';

const checkout = { cluster: 'c1', node: 'n1', namespace: 'shop', workload: 'deployment/checkout' };
const payments = { cluster: 'c1', node: 'n2', namespace: 'shop', workload: 'deployment/payments' };

describe('pathOf', () => {
  it('is one for both directions', () => {
    expect(pathOf(createTransition())).toBe('netns/checkout|netns/payments|443');
    expect(pathOf(createOpposite())).toBe(pathOf(createTransition()));
  });

  it('is one for a client that sees a service and the workload behind it', () => {
    const client = createTransition({
      subject: checkout,
      service_port: 80,
      peer: {
        kind: 'service',
        name: 'service/payments.shop',
        ip: '10.0.0.7',
        workload: 'deployment/payments.shop',
        namespace: 'shop',
        target_port: 8080,
      },
    });
    const server = createOpposite({
      subject: payments,
      service_port: 8080,
      peer: {
        kind: 'workload',
        name: 'deployment/checkout.shop',
        ip: '10.244.0.7',
        workload: 'deployment/checkout.shop',
        namespace: 'shop',
      },
    });
    expect(pathOf(client)).toBe('deployment/checkout.shop|deployment/payments.shop|8080');
    expect(pathOf(server)).toBe(pathOf(client));
    expect(isOpposite(client, server)).toBe(true);
  });

  it('tells workloads of the same name in two namespaces apart', () => {
    const peer = {
      kind: 'workload',
      name: 'deployment/payments.shop',
      ip: '10.244.0.8',
      namespace: 'shop',
    } as const;
    const shop = pathOf(createTransition({ subject: checkout, peer }));
    const staging = pathOf(createTransition({ subject: { ...checkout, namespace: 'staging' }, peer }));
    expect(shop).not.toBe(staging);
  });
});
