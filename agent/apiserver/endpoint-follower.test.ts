import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { EndpointFollower } from './endpoint-follower.ts';
import { type ApiServerEndpoint, parseSlice } from './own-endpoints.ts';
import type { ApiServerTarget } from './target.ts';

const own: ApiServerTarget = {
  name: 'service/kubernetes.default',
  url: 'https://192.0.2.1:443',
  caFile: '/ca.crt',
  serverName: undefined,
  tokenFile: '/token',
  clientCertFile: undefined,
  clientKeyFile: undefined,
  paths: ['/readyz'],
  intervalMs: 10_000,
  timeoutMs: 5_000,
};

function setUp() {
  const clock = new ManualClock(0);
  const state = { endpoints: [] as readonly ApiServerEndpoint[] | Error };
  const added: ApiServerTarget[] = [];
  const names = new Set([own.name]);
  let warnings = 0;
  const follower = new EndpointFollower({
    own,
    clock,
    random: () => 0.5,
    logger: { info: () => undefined, warn: () => warnings++, error: () => undefined },
    read: async () => {
      if (state.endpoints instanceof Error) throw state.endpoints;
      return state.endpoints;
    },
    watches: {
      names: () => [...names],
      add: (target) => {
        added.push(target);
        names.add(target.name);
      },
      remove: async (name) => void names.delete(name),
    },
  });
  const look = async (afterMs: number): Promise<readonly string[]> => {
    clock.advance(afterMs);
    await new Promise((resolve) => setImmediate(resolve));
    return [...names];
  };
  follower.start();
  return { state, added, look, follower, warnings: () => warnings };
}

describe('EndpointFollower', () => {
  it('has each server asked by its own address, less often than the Service in front of them', async () => {
    const { state, added, look } = setUp();
    state.endpoints = [
      { ip: '198.51.100.1', port: 6443 },
      { ip: '2001:db8::1', port: 6443 },
    ];
    await look(1_000);
    expect(added.map(({ name, url }) => [name, url])).toEqual([
      ['service/kubernetes.default/198.51.100.1', 'https://198.51.100.1:6443'],
      ['service/kubernetes.default/2001:db8::1', 'https://[2001:db8::1]:6443'],
    ]);
    expect(added[0]).toMatchObject({
      serverName: 'kubernetes.default.svc',
      tokenFile: '/token',
      intervalMs: 30_000,
    });
  });

  it('follows who is there, and goes on with those that are known while that cannot be read', async () => {
    const { state, look, follower, warnings } = setUp();
    state.endpoints = [{ ip: '198.51.100.1', port: 6443 }];
    const first = 'service/kubernetes.default/198.51.100.1';
    expect(await look(1_000)).toEqual([own.name, first]);
    state.endpoints = new Error('nobody there');
    expect(await look(60_000)).toEqual([own.name, first]);
    expect(warnings()).toBe(1);
    state.endpoints = [{ ip: '198.51.100.2', port: 6443 }];
    expect(await look(10_000)).toEqual([own.name, 'service/kubernetes.default/198.51.100.2']);
    expect(follower.counters()).toEqual({ endpoints: 1, endpoint_reads_failed: 1 });
    await follower.stop();
    state.endpoints = [];
    expect(await look(600_000)).toHaveLength(2);
  });
});

describe('parseSlice', () => {
  it('takes those that are ready, at the port of https', () => {
    const slice = {
      endpoints: [
        { addresses: ['198.51.100.1'], conditions: { ready: true } },
        { addresses: ['198.51.100.2'], conditions: { ready: false } },
        { addresses: ['198.51.100.3'] },
      ],
      ports: [
        { name: 'other', port: 1 },
        { name: 'https', port: 6443 },
      ],
    };
    expect(parseSlice(JSON.stringify(slice))).toEqual([
      { ip: '198.51.100.1', port: 6443 },
      { ip: '198.51.100.3', port: 6443 },
    ]);
    expect(parseSlice(JSON.stringify({ endpoints: null, ports: null }))).toEqual([]);
    expect(() => parseSlice('<html>')).toThrow();
  });
});
