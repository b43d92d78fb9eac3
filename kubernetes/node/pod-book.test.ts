import { describe, expect, it } from 'vitest';
import type { NodePod } from './node-pod.ts';
import { PodBook } from './pod-book.ts';

const app = 'a'.repeat(12);
const proxy = 'b'.repeat(12);

function podOf(uid: string, changes: Partial<NodePod> = {}): NodePod {
  return {
    uid,
    configHash: undefined,
    namespace: 'shop',
    workload: 'deployment/checkout',
    name: `checkout-${uid}`,
    labels: undefined,
    addresses: ['192.0.2.7'],
    hostNetwork: false,
    containers: new Map([[app, 'app']]),
    onlyContainer: undefined,
    ...changes,
  };
}

function setUp(options: { maxPods?: number; maxGone?: number } = {}) {
  const time = { nowMs: 0 };
  return { time, book: new PodBook({ nowMs: () => time.nowMs, ...options }) };
}

const subject = { namespace: 'shop', workload: 'deployment/checkout', pod: 'checkout-1' };

describe('PodBook', () => {
  it('finds a pod by its UID, and its containers by their ids', () => {
    const { book } = setUp();
    book.put(
      podOf('1', {
        containers: new Map([
          [app, 'app'],
          [proxy, 'proxy'],
        ]),
        labels: { team: 'shop' },
      }),
    );
    const labelled = { ...subject, labels: { team: 'shop' } };
    expect(book.find({ podUid: '1' })).toEqual(labelled);
    expect(book.find({ podUid: '1', containerId: proxy })).toEqual({ ...labelled, container: 'proxy' });
    expect(book.find({ podUid: '1', containerId: 'c'.repeat(12) })).toEqual(labelled);
    expect(book.find({ containerId: 'a'.repeat(64) })).toEqual({ ...labelled, container: 'app' });
    expect(book.find({ podUid: '2' })).toBeUndefined();
    expect(book.find({})).toBeUndefined();
  });

  it('names the only container of a pod also where its id is not known, as of a sandbox', () => {
    const { book } = setUp();
    book.put(podOf('1', { containers: new Map(), onlyContainer: 'app' }));
    expect(book.find({ podUid: '1', containerId: proxy })?.container).toBe('app');
  });

  it('finds a static pod by the hash that its cgroup is called by', () => {
    const { book } = setUp();
    const hash = 'ab01'.repeat(8);
    book.put(podOf('1', { configHash: hash }));
    expect(book.find({ podUid: hash })).toEqual(subject);
  });

  it('knows a pod for half an hour after its end', () => {
    const { book, time } = setUp();
    book.put(podOf('1'));
    book.remove('1');
    expect(book.addresses()).toEqual([]);
    time.nowMs = 29 * 60_000;
    expect(book.find({ podUid: '1', containerId: app })?.container).toBe('app');
    time.nowMs = 31 * 60_000;
    expect(book.find({ podUid: '1' })).toBeUndefined();
    expect(book.find({ containerId: app })).toBeUndefined();
  });

  it('never takes one pod for another, whatever it has of it', () => {
    const { book } = setUp();
    book.put(podOf('1'));
    book.remove('1');
    book.put(podOf('2', { workload: 'deployment/payments', containers: new Map([[proxy, 'app']]) }));
    expect(book.find({ podUid: '1' })?.workload).toBe('deployment/checkout');
    expect(book.find({ podUid: '2' })?.workload).toBe('deployment/payments');
  });

  it('keeps the ids of containers that were replaced', () => {
    const { book } = setUp();
    book.put(podOf('1'));
    book.put(podOf('1', { containers: new Map([[proxy, 'app']]) }));
    expect(book.find({ containerId: app })?.pod).toBe('checkout-1');
    expect(book.find({ containerId: proxy })?.pod).toBe('checkout-1');
  });

  it('forgets the oldest ids of a container that starts for ever', () => {
    const { book } = setUp();
    const idOf = (count: number): string => count.toString(16).padStart(12, '0');
    for (let count = 0; count < 1_000; count++)
      book.put(podOf('1', { containers: new Map([[idOf(count), 'app']]) }));
    expect(book.find({ containerId: idOf(0) })).toBeUndefined();
    expect(book.find({ containerId: idOf(999) })).toBeDefined();
  });

  it('holds so many pods, of those that are there and of those that were, and counts the rest', () => {
    const { book } = setUp({ maxPods: 2, maxGone: 1 });
    for (const uid of ['1', '2', '3']) book.put(podOf(uid, { containers: new Map() }));
    expect(book.find({ podUid: '3' })).toBeUndefined();
    book.remove('1');
    book.remove('2');
    expect(book.find({ podUid: '1' })).toBeUndefined();
    expect(book.find({ podUid: '2' })).toBeDefined();
    expect(book.stats()).toEqual({ pods: 0, gone: 1, goneEvicted: 1, overflowed: 1 });
  });
});
