import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Silence } from '../../stream/events/control.ts';
import { FakeApi } from '../testing/fake-api.ts';
import { SilenceController } from './silence-controller.ts';

const endsAt = '2027-01-01T00:00:00Z';
const spec = (change: object = {}) => ({
  spec: {
    matchers: [{ name: 'alert', op: '=', value: 'RttShift' }],
    ends_at: endsAt,
    comment: 'maintenance',
    ...change,
  },
});

let controller: SilenceController;
afterEach(() => controller.stop());

/** Notifiers that take silences at once, and an API server that takes statuses. */
function running(fake: FakeApi, nowMs = Date.parse('2026-11-21T08:00:00Z')) {
  const silences = new Map<string, Silence & { readonly expired_by: string | null }>();
  const statuses: { readonly path: string; readonly body: unknown }[] = [];
  controller = new SilenceController({
    api: fake.client(async (_method, path, body) => void statuses.push({ path, body })),
    store: {
      current: () => [...silences.values()],
      add: async (silence) => void silences.set(silence.id, { ...silence, expired_by: null }),
      async expire(id, by) {
        const known = silences.get(id);
        if (known) silences.set(id, { ...known, expired_by: by });
      },
    },
    clock: {
      nowMs: () => nowMs,
      sleep: (_ms, signal) => sleep(5, undefined, { signal }).catch(() => undefined),
    },
    random: () => 0,
    onProblem: (error) => {
      throw error;
    },
  });
  controller.start();
  return {
    silences,
    statuses,
    active: () => [...silences.values()].filter((one) => one.expired_by === null),
  };
}

describe('silences of the cluster', () => {
  it('hold for alerts of their namespace, and say so in their status', async () => {
    const fake = new FakeApi();
    fake.put('maint', spec());
    const { active, statuses } = running(fake);
    await vi.waitFor(() => expect(active()).toHaveLength(1));
    expect(active()[0]).toMatchObject({
      matchers: [
        { name: 'namespace', op: '=', value: 'shop' },
        { name: 'alert', op: '=', value: 'RttShift' },
      ],
      ends_at: endsAt,
      created_by: 'Silence shop/maint',
    });
    await vi.waitFor(() => expect(statuses.length).toBeGreaterThan(0));
    expect(statuses[0]).toMatchObject({
      path: '/apis/saccade.io/v1alpha1/namespaces/shop/silences/maint/status',
      body: { status: { state: 'Active' } },
    });
  });

  it('end with their object, also one that went while nobody looked', async () => {
    const fake = new FakeApi();
    fake.put('maint', spec());
    const { active, silences } = running(fake);
    await vi.waitFor(() => expect(active()).toHaveLength(1));
    const [one] = active();
    if (one) silences.set('gone-1-kubernetes', { ...one, id: 'gone-1-kubernetes' });
    await vi.waitFor(() => expect(active()).toHaveLength(1));
    fake.remove('maint');
    await vi.waitFor(() => expect(active()).toEqual([]));
  });

  it('leave those of people alone', async () => {
    const fake = new FakeApi();
    fake.put('maint', spec());
    const { silences, active } = running(fake);
    await vi.waitFor(() => expect(active()).toHaveLength(1));
    const [one] = active();
    if (one) silences.set('by-hand', { ...one, id: 'by-hand', created_by: 'sam' });
    fake.remove('maint');
    await vi.waitFor(() => expect(active().map(({ id }) => id)).toEqual(['by-hand']));
  });

  it('are refused with a matcher that is no expression', async () => {
    const fake = new FakeApi();
    fake.put('broken', spec({ matchers: [{ name: 'alert', op: '=~', value: '(' }] }));
    const { active, statuses } = running(fake);
    await vi.waitFor(() => expect(statuses.length).toBeGreaterThan(0));
    expect(statuses[0]?.body).toMatchObject({ status: { state: 'Refused' } });
    expect(active()).toEqual([]);
  });
});
