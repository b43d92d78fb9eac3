import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeApi } from '../testing/fake-api.ts';
import { captureIdPrefix, type CaptureOrder, PacketCaptureController } from './packet-capture-controller.ts';
import type { CaptureOutcome } from './packet-capture-status.ts';

const nowMs = Date.parse('2026-11-21T08:00:00Z');
const spec = { pod: 'checkout-1', peer: 'service/payments.shop', ttl_seconds: 60 };
const complete: CaptureOutcome = {
  phase: 'complete',
  reason: null,
  node: 'n1',
  file: '/captures/one.pcapng',
  bytes: 4_711,
  packets: 12,
  endedAtMs: nowMs,
};

let controller: PacketCaptureController;
afterEach(() => controller.stop());

/** A Saccade that knows captures by their ids, and an API server that takes statuses. */
function running(fake: FakeApi, refused: string | undefined = undefined) {
  const problems: unknown[] = [];
  const clock = { ms: nowMs };
  const orders: CaptureOrder[] = [];
  const outcomes = new Map<string, CaptureOutcome>();
  const removed: string[] = [];
  const sent: { readonly method: string; readonly path: string; readonly body: unknown }[] = [];
  const quiet = { is: false };
  const api = fake.client(async (method, path, body) => {
    if (refused !== undefined && path.includes(`/${refused}/`)) throw new Error(`${refused} is refused`);
    sent.push({ method, path, body });
    if (method === 'DELETE') fake.remove(path.split('/').at(-1) ?? '');
  });
  controller = new PacketCaptureController({
    api,
    host: {
      async order(order) {
        if (quiet.is) return 'nobody talked';
        orders.push(order);
        outcomes.set(order.id, { ...complete, phase: 'requested', file: null });
        return undefined;
      },
      outcome: (id) => outcomes.get(id),
      withFile: () => [...outcomes].flatMap(([id, { file }]) => (file === null ? [] : [id])),
      async removeFile(id) {
        removed.push(id);
        outcomes.set(id, { ...complete, file: null });
      },
    },
    clock: {
      nowMs: () => clock.ms,
      sleep: (_ms, signal) => sleep(5, undefined, { signal }).catch(() => undefined),
    },
    random: () => 0,
    onProblem: (error) => {
      if (refused === undefined) throw error;
      problems.push(error);
    },
  });
  controller.start();
  const phases = () =>
    sent.flatMap(({ body }) => (body as { status?: { phase: string } } | undefined)?.status?.phase ?? []);
  return { clock, orders, outcomes, problems, removed, sent, quiet, phases };
}

describe('PacketCaptures', () => {
  const id = `${captureIdPrefix}uid-one`;

  it('are asked for once, and tell what becomes of them', async () => {
    const fake = new FakeApi();
    fake.put('one', { spec });
    const { orders, outcomes, phases, sent } = running(fake);
    await vi.waitFor(() => expect(phases()).toEqual(['Pending', 'Capturing']));
    outcomes.set(id, complete);
    await vi.waitFor(() => expect(phases()).toEqual(['Pending', 'Capturing', 'Completed']));
    expect(orders).toMatchObject([
      { id, namespace: 'shop', pod: 'checkout-1', seconds: 20, requested_by: 'PacketCapture shop/one' },
    ]);
    expect(sent.at(-1)).toMatchObject({
      path: '/apis/saccade.io/v1alpha1/namespaces/shop/packetcaptures/one/status',
      body: {
        status: {
          files: [`/api/v1/captures/${id}/file`],
          bytes: 4_711,
          packets: 12,
          completed_at: '2026-11-21T08:00:00Z',
          expires_at: '2026-11-21T08:01:00Z',
        },
      },
    });
  });

  it('wait for who does not talk, and fail in the end', async () => {
    const fake = new FakeApi();
    fake.put('one', { spec, metadata: {} });
    const { quiet, phases, clock } = running(fake);
    quiet.is = true;
    clock.ms = 0;
    await vi.waitFor(() => expect(phases().at(-1)).toBe('Pending'));
    clock.ms = nowMs;
    await vi.waitFor(() => expect(phases().at(-1)).toBe('Failed'));
  });

  it('take their files with them, also those that went while nobody looked', async () => {
    const fake = new FakeApi();
    fake.put('one', { spec });
    const { outcomes, removed, phases } = running(fake);
    outcomes.set(`${captureIdPrefix}gone`, complete);
    await vi.waitFor(() => expect(removed).toEqual([`${captureIdPrefix}gone`]));
    outcomes.set(id, complete);
    await vi.waitFor(() => expect(phases().at(-1)).toBe('Completed'));
    fake.remove('one');
    await vi.waitFor(() => expect(removed).toEqual([`${captureIdPrefix}gone`, id]));
  });

  it('are deleted when their time is over', async () => {
    const fake = new FakeApi();
    fake.put('one', { spec });
    const { outcomes, clock, phases, sent, removed } = running(fake);
    outcomes.set(id, complete);
    await vi.waitFor(() => expect(phases().at(-1)).toBe('Completed'));
    clock.ms += 61_000;
    await vi.waitFor(() => expect(sent.at(-1)?.method).toBe('DELETE'));
    await vi.waitFor(() => expect(removed).toContain(id));
  });

  it('of which one cannot be told keep no other waiting', async () => {
    const fake = new FakeApi();
    fake.put('one', { spec });
    fake.put('two', { spec });
    const { orders, phases, problems } = running(fake, 'one');
    await vi.waitFor(() => expect(phases()).toEqual(['Pending', 'Capturing']));
    expect(orders.map((order) => order.id)).toContain(`${captureIdPrefix}uid-two`);
    expect(problems).not.toEqual([]);
  });
});
