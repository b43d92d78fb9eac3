import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNotifiers } from './create-notifiers.ts';
import type { Notifier } from './notifier.ts';
import { notifierKinds } from './registry.ts';
import { describeTestResult, sendTest } from './send-test.ts';
import { createDelivery, createFacts } from './testing/delivery.ts';
import { createHostileContent, createHugeContent, hostileName } from './testing/hostile-content.ts';
import type { ReceiverBench } from './testing/receiver-bench.ts';
import { startBench } from './testing/receiver-bench.ts';
import { configOf } from './testing/scene.ts';

const signal = () => AbortSignal.timeout(15_000);

describe.each(notifierKinds.map(({ kind }) => kind))('a %s notifier', (kind) => {
  let bench: ReceiverBench;
  let written: string[];
  let notifier: Notifier;

  beforeEach(async () => {
    written = [];
    bench = await startBench(kind, written);
    const config = configOf(`route: {receiver: one}\nreceivers: [{name: one, ${bench.yaml}}]`);
    const output = { write: (text: string) => written.push(text), isTTY: true };
    const context = { environment: bench.secrets, nowMs: Date.now, output };
    const created = createNotifiers(config, context).get('one');
    if (!created) throw new Error('the receiver was not made');
    notifier = created;
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  it('sends, edits and replies by the receipt of the first', async () => {
    const alerts = [createFacts()];
    const sent = await notifier.send(createDelivery({ alerts }), signal());
    if (sent.kind !== 'sent') throw new Error(sent.reason);
    const root = sent.receipt;
    for (const next of [
      createDelivery({ id: 'g/1', operation: 'edit', purpose: 'resolved', root, alerts }),
      createDelivery({ id: 'g/2', operation: 'reply', purpose: 'thread', root }),
    ])
      expect(await notifier.send(next, signal())).toMatchObject({ kind: 'sent' });
  });

  it('delivers content of any size, cut visibly', async () => {
    const content = createHugeContent();
    expect(await notifier.send(createDelivery({ content }), signal())).toMatchObject({ kind: 'sent' });
    const long = '&<>'.repeat(9_000);
    const alerts = Array.from({ length: 100 }, () =>
      createFacts({ labels: { workload: long }, annotations: { summary: long } }),
    );
    const second = createDelivery({ id: 'h/root', groupId: 'h', content, alerts });
    expect(await notifier.send(second, signal())).toMatchObject({ kind: 'sent' });
    expect(bench.rejected()).toEqual([]);
    expect(bench.shown()).toContain('…');
  });

  it('lets no name mention, link, format or control anything', async () => {
    const alerts = [
      createFacts({ labels: { workload: hostileName }, annotations: { summary: hostileName } }),
    ];
    await notifier.send(createDelivery({ content: createHostileContent(), alerts }), signal());
    const text = bench.shown();
    if (kind === 'slack') expect(text).not.toMatch(/<[!@#]|<https:\/\/evil|<javascript/u);
    // eslint-disable-next-line no-control-regex -- these are what must not get through
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/u);
  });

  it('marks a possible repeat where one is possible', async () => {
    const alerts = [createFacts()];
    await notifier.send(createDelivery({ possibleRepeat: true, alerts }), signal());
    if (notifier.idempotent === true) expect(bench.shown()).not.toContain('possible repeat');
    else expect(bench.shown()).toContain('possible repeat');
  });

  it('never shows a secret: not in results, not when inspected, not in what it writes', async () => {
    const troubles = bench.trouble();
    const results: unknown[] = [notifier];
    for (let turn = 0; turn <= troubles; turn += 1)
      results.push(await notifier.send(createDelivery(), signal()));
    results.push(await notifier.find?.(createDelivery(), signal()));
    const everything =
      inspect(results, { depth: 20, showHidden: true }) +
      JSON.stringify(results) +
      bench.shown() +
      written.join('');
    for (const secret of Object.values(bench.secrets)) expect(everything).not.toContain(secret);
    expect(results.at(-2)).toMatchObject({ kind: 'sent' });
  });

  it('sends a test message and says how it went', async () => {
    const result = await sendTest('one', notifier, Date.now());
    expect(describeTestResult('one', result)).toMatch(/^one: sent(?:; the incident \S+ stays open|$)/u);
    expect(bench.shown()).toContain('Saccade test for receiver');
  });

  it('says that it was refused', async () => {
    bench.refuse();
    const result = await sendTest('one', notifier, Date.now());
    if (kind !== 'terminal') expect(describeTestResult('one', result)).toMatch(/^one: refused: \S/u);
  });
});

it('explains a refused test', () => {
  const refused = { kind: 'refused', scope: 'receiver', reason: 'invalid_auth' } as const;
  expect(describeTestResult('one', refused)).toBe(
    'one: refused: invalid_auth (the token is wrong or revoked)',
  );
});
