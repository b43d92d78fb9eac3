import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CloudEvent } from '../cloud-event.ts';
import type { DeadLetterEvent } from '../events/dead-letter.ts';
import type { ConformanceHarness, CreateHarness } from './harness.ts';
import { createEntry, createTallyStage, expectedTallies, idsOf } from './tally-stage.ts';

const keys = ['a', 'b', 'c'];
const createEntries = (count: number): readonly CloudEvent[] =>
  Array.from({ length: count }, (_, n) => createEntry(`e${n}`, keys[n % keys.length] ?? 'a'));

/** What every transport with its host must do. `points`: those of its harness, each tried in a test of its own. */
export function describeStreamConformance(
  name: string,
  createHarness: CreateHarness,
  points: readonly string[],
): void {
  describe(`${name} conforms to the stream port`, () => {
    let harness: ConformanceHarness;
    beforeEach(async () => {
      harness = await createHarness();
    });
    afterEach(() => harness.dispose());

    describeLog(() => harness);
    describeStages(() => harness);
    describeCrashes(() => harness, points);
    describeBatching(createHarness);
  });
}

function describeLog(harness: () => ConformanceHarness): void {
  it('keeps records in the order of their append, with offsets that grow', async () => {
    await harness().start([]);
    const entries = createEntries(50);
    for (const entry of entries) await harness().append('signals', [entry]);
    const records = await harness().read('signals');
    expect(idsOf(records)).toEqual(entries.map(({ id }) => id));
    expect(records.every((record, n) => n === 0 || record.offset > (records[n - 1]?.offset ?? 0))).toBe(true);
  });

  it('keeps what was acknowledged across a restart', async () => {
    await harness().start([]);
    await Promise.all(createEntries(10).map((entry) => harness().append('signals', [entry])));
    await harness().stop();
    await harness().start([]);
    expect(await harness().read('signals')).toHaveLength(10);
  });

  it('drops a repeat of (source, id), also after a restart', async () => {
    await harness().start([]);
    const [entry] = createEntries(1);
    await harness().append('signals', [entry!, entry!]);
    await harness().stop();
    await harness().start([]);
    await harness().append('signals', [entry!]);
    expect(await harness().read('signals')).toHaveLength(1);
  });
}

function describeStages(harness: () => ConformanceHarness): void {
  it('goes on after a restart with the state and place of the last commit', async () => {
    const entries = createEntries(20);
    await harness().start([createTallyStage()]);
    await harness().append('signals', entries.slice(0, 7));
    await harness().idle();
    await harness().stop();
    await harness().start([createTallyStage()]);
    await harness().append('signals', entries.slice(7));
    await harness().idle();
    expect(idsOf(await harness().read('alerts'))).toEqual(expectedTallies(entries));
  });

  it('sends a poison record to the dead letters with its reason, and takes the rest', async () => {
    const entries = [createEntry('e0', 'a'), createEntry('e1', 'a', 'poison'), createEntry('e2', 'a')];
    await harness().start([createTallyStage()]);
    await harness().append('signals', entries);
    await harness().idle();
    expect(idsOf(await harness().read('alerts'))).toEqual(['e0/a/1', 'e2/a/2']);
    const dead = (await harness().read('dead')).map(({ event }) => (event as DeadLetterEvent).data);
    expect(dead).toEqual([
      expect.objectContaining({
        stage: 'tally',
        reason: 'poisoned on purpose',
        topic: 'signals',
        event: entries[1],
      }),
    ]);
  });

  it('stops at an unknown error without passing it, and goes on when it is mended', async () => {
    const entries = [createEntry('e0', 'a'), createEntry('e1', 'a', 'defect'), createEntry('e2', 'a')];
    await harness().start([createTallyStage()], { maxBatch: 1 });
    await harness().append('signals', entries);
    await harness().idle();
    expect(harness().fatal()?.message).toBe('a defect on purpose');
    expect(idsOf(await harness().read('alerts'))).toEqual(['e0/a/1']);
    await harness().stop();
    await harness().start([createTallyStage({ defective: false })]);
    await harness().idle();
    expect(idsOf(await harness().read('alerts'))).toEqual(['e0/a/1', 'e1/a/2', 'e2/a/3']);
  });
}

function describeCrashes(harness: () => ConformanceHarness, points: readonly string[]): void {
  it('names the points of its harness', () => {
    expect(harness().points).toEqual(points);
  });

  it.each(points)('loses and doubles nothing in a crash at %s', async (point) => {
    const entries = createEntries(12);
    for (let passage = 1; passage <= 3; passage += 1)
      await appendWithCrash(harness(), entries.slice((passage - 1) * 4, passage * 4), { point, passage });
    await harness().start([createTallyStage()]);
    await harness().idle();
    expect(idsOf(await harness().read('signals'))).toEqual(entries.map(({ id }) => id));
    expect(idsOf(await harness().read('alerts'))).toEqual(expectedTallies(entries));
  });
}

/** Appends one by one in a process that dies on the way; what got no answer is appended again by its successor. */
async function appendWithCrash(
  harness: ConformanceHarness,
  entries: readonly CloudEvent[],
  dieAt: { readonly point: string; readonly passage: number },
): Promise<void> {
  await harness.start([createTallyStage()], { maxBatch: 2, dieAt });
  let answered = 0;
  for (const entry of entries) {
    const ok = await harness.append('signals', [entry]).then(
      () => true,
      () => false,
    );
    if (!ok) break;
    answered += 1;
    await harness.idle();
  }
  expect(harness.died()).toBe(true);
  await harness.stop();
  await harness.start([]);
  await harness.append('signals', entries.slice(answered));
  await harness.stop();
}

function describeBatching(createHarness: CreateHarness): void {
  it('gives the same outputs however records are cut into batches and processes', async () => {
    const entry = fc.record({ key: fc.constantFrom(...keys), poison: fc.boolean() });
    const runs = fc.array(fc.record({ entries: fc.array(entry, { maxLength: 8 }), maxBatch: fc.nat(5) }), {
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(runs, (processes) => checkBatching(createHarness, processes)),
      { numRuns: 15, seed: 50 },
    );
  });
}

interface ProcessRun {
  readonly entries: readonly { readonly key: string; readonly poison: boolean }[];
  readonly maxBatch: number;
}

async function checkBatching(createHarness: CreateHarness, processes: readonly ProcessRun[]): Promise<void> {
  const harness = await createHarness();
  try {
    const all: CloudEvent[] = [];
    for (const { entries, maxBatch } of processes) {
      const events = entries.map(({ key, poison }, n) =>
        createEntry(`e${all.length + n}`, key, poison ? 'poison' : 'suite'),
      );
      all.push(...events);
      await harness.start([createTallyStage()], { maxBatch: maxBatch + 1 });
      await harness.append('signals', events);
      await harness.idle();
      await harness.stop();
    }
    await harness.start([]);
    expect(idsOf(await harness.read('alerts'))).toEqual(expectedTallies(all));
  } finally {
    await harness.dispose();
  }
}
