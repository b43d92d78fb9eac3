import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compileRules } from '../../rules/compile.ts';
import { FakeApi } from '../testing/fake-api.ts';
import { RuleController } from './rule-controller.ts';

const spec = (when = 'measure > 250000', id = 'slow') => ({
  spec: {
    rules: [
      {
        id,
        alert: 'Slow',
        signal: 'tcp.rtt',
        by: ['workload', 'peer'],
        measure: 'min_rtt',
        over: ['1s'],
        when: [when],
      },
    ],
  },
});

let controller: RuleController;
afterEach(() => controller.stop());

/** A folder in memory, an API server that takes statuses, and a clock that goes a second with each look. */
function running(fake: FakeApi, { isFull = false, tellsStatus = true } = {}) {
  const folder = { isFull, files: new Map<string, string>(), writes: 0 };
  const statuses: { readonly path: string; readonly body: unknown }[] = [];
  const problems: unknown[] = [];
  const firing = new Map<string, number>();
  let nowMs = Date.parse('2026-11-21T08:00:00Z');
  controller = new RuleController({
    api: fake.client(async (_method, path, body) => {
      if (path.includes('/unwritable/')) throw new Error('the status is not to be written');
      statuses.push({ path, body });
    }),
    folder: {
      pathOf: (fileName) => `/rules/${fileName}`,
      async replace(files) {
        if (folder.isFull) throw new Error('no space left');
        folder.writes += 1;
        folder.files = new Map(files.map(({ path, text }) => [path, text]));
      },
    },
    baseFiles: async () => [],
    compile: (files) => compileRules(files),
    firing: tellsStatus ? () => firing : undefined,
    clock: {
      nowMs: () => nowMs,
      async sleep(_ms, signal) {
        nowMs += 1_000;
        await sleep(5, undefined, { signal }).catch(() => undefined);
      },
    },
    random: () => 0,
    onProblem: (error) => void problems.push(error),
  });
  controller.start();
  const stateOf = (name: string) =>
    statuses.findLast(({ path }) => path.includes(`/${name}/`))?.body as {
      readonly status: { readonly state: string; readonly firing: number };
    };
  return { folder, statuses, problems, firing, stateOf };
}

describe('SaccadeRules', () => {
  it('are files of their namespace once all were listed, and say in their status what came of them', async () => {
    const fake = new FakeApi();
    fake.put('good', spec());
    fake.put('bad', spec('mesure > 1'));
    const { folder, statuses, stateOf } = running(fake);
    await controller.settled();
    expect([...folder.files.keys()]).toEqual(['/rules/shop.good.yaml']);
    expect(folder.files.get('/rules/shop.good.yaml')).toContain('id: shop-slow');
    await vi.waitFor(() => expect(statuses).toHaveLength(2));
    expect(stateOf('good')).toMatchObject({ status: { state: 'Active', rules: 1, firing: 0 } });
    expect(stateOf('bad')).toMatchObject({ status: { state: 'Refused' } });
    expect(JSON.stringify(stateOf('bad'))).toContain('unknown fact');
    expect(statuses.map(({ path }) => path)).toContain(
      '/apis/saccade.io/v1alpha1/namespaces/shop/saccaderules/bad/status',
    );
  });

  it('follow a change of their object and end with it; a status that comes back is no change', async () => {
    const fake = new FakeApi();
    fake.put('good', spec());
    const { folder, statuses, stateOf } = running(fake);
    await vi.waitFor(() => expect(stateOf('good').status.state).toBe('Active'));
    fake.put('good', { ...spec(), ...stateOf('good') });
    fake.put('good', { ...spec('measure > 99'), ...stateOf('good') });
    await vi.waitFor(() => expect(folder.files.get('/rules/shop.good.yaml')).toContain('measure > 99'));
    const { writes } = folder;
    await vi.waitFor(() =>
      expect(statuses.at(-1)?.body).toMatchObject({
        status: { conditions: [{ observedGeneration: 2 }] },
      }),
    );
    fake.put('good', { ...spec('measure > 99'), ...stateOf('good') });
    const told = statuses.length;
    await sleep(100);
    expect([folder.writes, statuses.length]).toEqual([writes, told]);
    fake.remove('good');
    await vi.waitFor(() => expect(folder.files.size).toBe(0));
  });

  it('say how many of their alerts fire, without being written again', async () => {
    const fake = new FakeApi();
    fake.put('good', spec());
    const { folder, firing, stateOf } = running(fake);
    await vi.waitFor(() => expect(stateOf('good').status.firing).toBe(0));
    firing.set('shop-slow', 2);
    await vi.waitFor(() => expect(stateOf('good').status.firing).toBe(2));
    expect(folder.writes).toBe(1);
  });

  it('are in force where another process writes their status', async () => {
    const fake = new FakeApi();
    fake.put('good', spec());
    const { folder, statuses } = running(fake, { tellsStatus: false });
    await controller.settled();
    await sleep(50);
    expect([folder.files.size, statuses]).toEqual([1, []]);
  });

  it('come into force as soon as the folder can be written', async () => {
    const fake = new FakeApi();
    fake.put('good', spec());
    const { folder, problems } = running(fake, { isFull: true });
    await vi.waitFor(() => expect(problems).not.toEqual([]));
    folder.isFull = false;
    await controller.settled();
    expect(folder.files.size).toBe(1);
  });

  it('of which one cannot be told keep no other waiting', async () => {
    const fake = new FakeApi();
    fake.put('unwritable', spec(undefined, 'other'));
    fake.put('writable', spec());
    const { problems, stateOf } = running(fake);
    await vi.waitFor(() => expect(stateOf('writable')).toMatchObject({ status: { state: 'Active' } }));
    expect(problems).not.toEqual([]);
  });
});
