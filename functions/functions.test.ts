import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../app/package-root.ts';
import { createTransition, transitionEvent } from '../notifiers/testing/events.ts';
import { systemClock } from '../stream/clock.ts';
import { createEmbeddedHost } from '../stream/embedded/embedded-host.ts';
import { type EmbeddedLog, openEmbeddedLog } from '../stream/embedded/embedded-log.ts';
import { type DeadLetterEvent, deadLetterType } from '../stream/events/dead-letter.ts';
import {
  type AlertAnnotatedEvent,
  alertAnnotatedType,
  type FunctionCalledEvent,
  functionCalledType,
} from '../stream/events/function.ts';
import { topics } from '../stream/port.ts';
import { createCallPolicy } from './call-policy.ts';
import { functionsSchema } from './config-schema.ts';
import { createFunctions } from './create-functions.ts';
import { FunctionError, type EventFunction } from './event-function.ts';
import { createFunctionRunner, type RunnableFunction } from './function-runner.ts';
import { createFunctionStage } from './function-stage.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'saccade-functions-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const shop = createTransition({
  fingerprint: 'aa',
  subject: { cluster: 'c', node: 'n', namespace: 'shop', workload: 'netns/checkout' },
});
const configs = functionsSchema.parse([{ name: 'owner', module: 'owner.js' }]);
const quick = createCallPolicy({ timeoutMs: 1_000, attempts: 2, firstDelayMs: 1, maxDelayMs: 1 });

/** A log with the function stage over it, until it is disposed of. */
async function run(functions: readonly RunnableFunction[], onCalled: () => void = () => undefined) {
  const log = openEmbeddedLog({ path: join(folder, 'log.db'), clock: systemClock });
  const stage = createFunctionStage(configs);
  const onFatal = (error: unknown): never => {
    throw error;
  };
  const host = createEmbeddedHost({ log, stages: [stage], clock: systemClock, tickIntervalMs: 0, onFatal });
  host.start();
  const runner = createFunctionRunner({
    stage,
    functions,
    producer: log,
    nowMs: () => Date.now(),
    onCalled,
    onAppendFailure: onFatal,
  });
  await runner.start();
  return {
    log,
    stage,
    host,
    async [Symbol.asyncDispose]() {
      await runner.stop();
      await host.stop();
      log.close();
    },
  };
}

function eventsOf<T>(log: EmbeddedLog, type: string): readonly T[] {
  return log.records
    .read(topics, 0, 10_000)
    .flatMap((entry) =>
      entry.kind === 'record' && entry.record.event.type === type ? [entry.record.event as T] : [],
    );
}

/** Called once per outcome; resolves after `count` of them. */
function outcomes(count: number): { readonly onCalled: () => void; readonly all: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = count;
  return { all: promise, onCalled: () => void (--left === 0 && resolve()) };
}

describe('functions over the stream', () => {
  it('puts what the example returns into the stream', async () => {
    const [example] = await createFunctions(
      functionsSchema.parse([{ name: 'owner', module: 'examples/functions/owner.js' }]),
      packageRoot,
    );
    const { onCalled, all } = outcomes(1);
    await using running = await run(example ? [example] : [], onCalled);
    await running.log.append('alerts', [transitionEvent(shop)]);
    await all;
    const [annotated] = eventsOf<AlertAnnotatedEvent>(running.log, alertAnnotatedType);
    expect(annotated?.data).toEqual({
      fingerprint: 'aa',
      episode: shop.episode,
      annotations: { owner: 'shop team (#shop-oncall)' },
      by: 'owner',
    });
    const [called] = eventsOf<FunctionCalledEvent>(running.log, functionCalledType);
    expect(called?.data).toMatchObject({ function: 'owner', outcome: 'done', attempts: 1, returned: 1 });
    await running.host.idle();
    expect(running.stage.jobs()).toEqual([]);
  });

  it('calls again after a stop in the middle, with the same event', async () => {
    const seen: string[] = [];
    const hanging = Promise.withResolvers<void>();
    const never: EventFunction = (event) => {
      seen.push(event.id);
      hanging.resolve();
      return new Promise(() => undefined);
    };
    {
      await using first = await run([{ name: 'owner', call: never, policy: quick }]);
      await first.log.append('alerts', [transitionEvent(shop)]);
      await hanging.promise;
    }
    const { onCalled, all } = outcomes(1);
    const answer: EventFunction = (event) => Promise.resolve((seen.push(event.id), []));
    await using second = await run([{ name: 'owner', call: answer, policy: quick }], onCalled);
    await all;
    expect(new Set(seen)).toEqual(new Set([transitionEvent(shop).id]));
    expect(seen).toHaveLength(2);
    expect(eventsOf(second.log, functionCalledType)).toHaveLength(1);
  });

  it('buries what a function can never take, and goes on', async () => {
    const picky: EventFunction = (event) =>
      event.id.startsWith('aa')
        ? Promise.reject(new FunctionError('status', 'it answered with status 400', { retryable: false }))
        : Promise.resolve([]);
    const { onCalled, all } = outcomes(2);
    await using running = await run([{ name: 'owner', call: picky, policy: quick }], onCalled);
    await running.log.append('alerts', [
      transitionEvent(shop),
      transitionEvent({ ...shop, fingerprint: 'bb' }),
    ]);
    await all;
    await running.host.idle();
    const letters = eventsOf<DeadLetterEvent>(running.log, deadLetterType);
    expect(letters.map(({ data }) => [data.stage, data.reason])).toEqual([
      ['function:owner', 'it answered with status 400'],
    ]);
    const called = eventsOf<FunctionCalledEvent>(running.log, functionCalledType);
    expect(called.map(({ data }) => data.outcome).toSorted()).toEqual(['dead', 'done']);
  });

  it.each([
    ['what only the judge may say', [{ type: 'io.saccade.transition.v1', data: shop }], /may not return/],
    ['what is not valid', [{ type: alertAnnotatedType, data: { fingerprint: 1 } }], /not valid/],
    ['a flood', Array.from({ length: 21 }, () => ({ type: alertAnnotatedType, data: {} })), /at most 20/],
  ])('takes from a function not %s', async (_, returned, reason) => {
    const { onCalled, all } = outcomes(1);
    const call: EventFunction = () => Promise.resolve(returned);
    await using running = await run([{ name: 'owner', call, policy: quick }], onCalled);
    await running.log.append('alerts', [transitionEvent(shop)]);
    await all;
    const [called] = eventsOf<FunctionCalledEvent>(running.log, functionCalledType);
    expect(called?.data).toMatchObject({ outcome: 'dead', returned: 0 });
    expect(called?.data.reason).toMatch(reason);
  });
});

describe('loading functions', () => {
  it('names everything that cannot be loaded, at once', async () => {
    writeFileSync(join(folder, 'no-function.js'), 'export default 7;');
    const faulty = functionsSchema.parse([
      { name: 'one', module: 'no-function.js' },
      { name: 'two', module: 'missing.js' },
    ]);
    await expect(createFunctions(faulty, folder)).rejects.toThrow(
      /functions\[0\] one: .*default export[\s\S]*functions\[1\] two: /,
    );
  });

  it('refuses two of one name, and one with both or neither of url and module', () => {
    const parsed = functionsSchema.safeParse([
      { name: 'a', url: 'http://x.example/' },
      { name: 'a', url: 'http://x.example/', module: 'a.js' },
      { name: 'b' },
    ]);
    expect(parsed.error?.issues.map(({ message }) => message)).toEqual([
      'give exactly one of url and module',
      'give exactly one of url and module',
    ]);
    const twice = functionsSchema.safeParse([
      { name: 'a', module: 'a.js' },
      { name: 'a', module: 'b.js' },
    ]);
    expect(twice.error?.issues.map(({ message }) => message)).toEqual(['there is another of the name a']);
  });
});
