import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeApi } from '../testing/fake-api.ts';
import { Informer, type InformerOptions } from './informer.ts';
import type { Change } from './store.ts';

interface Kept {
  readonly name: string;
  readonly colour: unknown;
}

let informer: Informer<Kept>;
afterEach(() => informer.stop());

/** A clock that jumps over every sleep. */
function jumpingClock() {
  let nowMs = 1_000_000;
  const slept: number[] = [];
  return {
    slept,
    advance: (ms: number) => (nowMs += ms),
    clock: {
      nowMs: () => nowMs,
      async sleep(ms: number) {
        slept.push(ms);
        nowMs += ms;
        await new Promise((resolve) => setImmediate(resolve));
      },
    },
  };
}

function watching(api: FakeApi, options: Partial<InformerOptions<Kept>> = {}) {
  const changes: Change<Kept>[] = [];
  const problems: unknown[] = [];
  const time = jumpingClock();
  informer = new Informer<Kept>({
    api,
    resource: 'pods',
    path: '/api/v1/pods',
    keep: ({ metadata, ...rest }) => ({ name: metadata.name, colour: rest['colour'] }),
    onChange: (change) => changes.push(change),
    maxObjects: 100,
    clock: time.clock,
    random: () => 0.5,
    onProblem: (error) => problems.push(error),
    ...options,
  });
  informer.start();
  const said = () => changes.map(({ type, key }) => `${type} ${key}`);
  return { changes, problems, said, ...time };
}

const names = () => [...informer.values()].map(({ name }) => name);

describe('an informer', () => {
  it('lists page by page, then follows what changes', async () => {
    const api = new FakeApi();
    for (const name of ['a', 'b', 'c']) api.put(name);
    const { said, changes } = watching(api, { pageSize: 2 });
    await informer.synced;
    expect(names()).toEqual(['a', 'b', 'c']);
    expect(api.lists).toBe(2);
    api.put('a', { colour: 'red' });
    api.put('d');
    api.remove('b');
    await vi.waitFor(() => expect(said().slice(3)).toEqual(['update shop/a', 'add shop/d', 'delete shop/b']));
    expect(changes[3]).toMatchObject({ object: { colour: 'red' }, previous: { colour: undefined } });
  });

  it('goes on after a break where it was, without listing again', async () => {
    const api = new FakeApi();
    api.put('a');
    const { said } = watching(api);
    await vi.waitFor(() => expect(api.watches).toBe(1));
    api.bookmark();
    api.breakConnections();
    api.put('b');
    await vi.waitFor(() => expect(said()).toEqual(['add shop/a', 'add shop/b']));
    expect(api.lists).toBe(1);
  });

  it('lists again when its version was forgotten, and tells what was missed', async () => {
    const api = new FakeApi();
    api.put('gone');
    api.put('stays');
    const { said, problems } = watching(api);
    await vi.waitFor(() => expect(api.watches).toBe(1));
    api.setDown(true);
    api.remove('gone');
    api.put('new');
    api.forget();
    const before = said().length;
    api.setDown(false);
    await vi.waitFor(() =>
      expect(said().slice(before).toSorted()).toEqual(['add shop/new', 'delete shop/gone']),
    );
    expect(api.lists).toBe(2);
    expect(problems.length).toBeGreaterThan(0);
  });

  it('tells another object of the same name as one that ended and one that began', async () => {
    const api = new FakeApi();
    api.put('a', {}, 'first');
    const { said } = watching(api);
    await vi.waitFor(() => expect(api.watches).toBe(1));
    api.put('a', {}, 'second');
    await vi.waitFor(() => expect(said().slice(1)).toEqual(['delete shop/a', 'add shop/a']));
  });

  it('keeps what it knows while the API server is away for ten minutes, and says since when', async () => {
    const api = new FakeApi();
    api.put('a');
    const { slept, clock } = watching(api);
    await vi.waitFor(() => expect(api.watches).toBe(1));
    expect(informer.status()).toMatchObject({ synced: true, objects: 1, staleMs: 0 });
    const fromMs = clock.nowMs();
    api.setDown(true);
    await vi.waitFor(() => expect(clock.nowMs() - fromMs).toBeGreaterThan(600_000));
    expect(names()).toEqual(['a']);
    expect(informer.status().staleMs).toBeGreaterThan(590_000);
    // 0.75 of a span that doubles from 0.5 s up to 30 s.
    expect(slept.slice(0, 4)).toEqual([375, 750, 1_500, 3_000]);
    expect(Math.max(...slept)).toBe(22_500);
    api.setDown(false);
    await vi.waitFor(() => expect(informer.status().staleMs).toBe(0));
  });

  it('keeps so many and counts the rest', async () => {
    const api = new FakeApi();
    for (const name of ['a', 'b', 'c']) api.put(name);
    watching(api, { maxObjects: 2 });
    await informer.synced;
    expect(informer.status()).toMatchObject({ objects: 2, leftOut: 1 });
  });

  it('goes on past an object that cannot be read', async () => {
    const api = new FakeApi();
    api.put('bad');
    api.put('good');
    const { problems } = watching(api, {
      keep({ metadata: { name } }) {
        if (name === 'bad') throw new Error('no such form');
        return { name, colour: undefined };
      },
    });
    await informer.synced;
    expect(names()).toEqual(['good']);
    expect(problems).toHaveLength(1);
  });
});
