import { signalCatalogue } from '../../signals/catalogue.ts';
import { sketchBucketOf, sketchFieldName } from '../../signals/sketch.ts';
import { createCloudEvent, type CloudEvent } from '../../stream/cloud-event.ts';
import { alertConfirmedType, type AlertConfirmed } from '../../stream/events/confirmation.ts';
import { rulesLoadedType, tickType } from '../../stream/events/control.ts';
import {
  observationsType,
  type ObservationBatch,
  type ObservationRow,
} from '../../stream/events/observation.ts';
import type { StreamRecord } from '../../stream/port.ts';
import type { Transition } from '../../stream/events/transition.ts';
import type { RuleFile } from '../compile.ts';
import type { RuleTest, TestInput } from './test-file.ts';

/** Every test begins at this moment. */
export const testStartMs = Date.parse('2026-01-01T00:00:00.000Z');

const tickMs = 250;

/**
 * What the `signals` topic would hold: the rules, then for each step one flush a subject that ends with the step, and
 * the clock four times a second. Of two events at one moment the observation comes first.
 */
export function* testRecords(test: RuleTest, files: readonly RuleFile[]): Generator<StreamRecord> {
  let offset = 0;
  const record = (event: CloudEvent, atMs: number): StreamRecord => ({
    topic: 'signals',
    partition: 0,
    offset: offset++,
    appendedAtMs: atMs,
    event,
  });
  const rules = { revision: 'test', files, learn_ms: test.learn ?? null };
  yield record(control(rulesLoadedType, rules, testStartMs), testStartMs);
  const endMs = testStartMs + durationOf(test);
  // As an agent does: what one subject shows at one time is one batch.
  const subjects = [...Map.groupBy(test.input, ({ subject }) => JSON.stringify(subject)).values()];
  let tickedMs = testStartMs;
  for (let step = 0; ; step++) {
    const atMs = testStartMs + (step + 1) * test.interval;
    const untilMs = Math.min(atMs, endMs);
    for (tickedMs += tickMs; tickedMs < untilMs; tickedMs += tickMs)
      yield record(control(tickType, {}, tickedMs), tickedMs);
    tickedMs -= tickMs;
    if (atMs > endMs) return;
    for (const [index, inputs] of subjects.entries()) {
      const event = observations(test, inputs, { index, step, atMs });
      if (event !== undefined) yield record(event, atMs);
    }
  }
}

const answers: Readonly<Record<RuleTest['confirm'], boolean | null>> = {
  confirmed: true,
  held: false,
  unknown: null,
};

/** What the test answers to a rule that asks its `confirm`. */
export function answerRecord(
  { confirm }: RuleTest,
  { fingerprint, episode, at_ms: atMs }: Transition,
  asked: StreamRecord,
): StreamRecord {
  const data: AlertConfirmed = {
    fingerprint,
    episode,
    confirmed: answers[confirm],
    reason: `the test says ${confirm}`,
  };
  return { ...asked, event: control(alertConfirmedType, data, atMs) };
}

function durationOf({ input, interval, until }: RuleTest): number {
  const steps = input.flatMap(({ series, sketches }) =>
    [...series.values(), ...sketches.values()].map((values) => values.length),
  );
  return Math.max(until ?? 0, Math.max(0, ...steps) * interval + tickMs);
}

function control(type: string, data: unknown, atMs: number): CloudEvent {
  return createCloudEvent({
    id: `${type}/${atMs}`,
    source: '/test',
    type,
    timeMs: atMs,
    partitionkey: 'test',
    data,
  });
}

interface Step {
  readonly index: number;
  readonly step: number;
  readonly atMs: number;
}

/** undefined: nothing was measured in this step. */
function observations(
  { interval }: RuleTest,
  inputs: readonly TestInput[],
  { index, step, atMs }: Step,
): CloudEvent | undefined {
  const rows = inputs.flatMap((input) => rowsAt(input, step));
  const [first] = inputs;
  if (first === undefined || rows.length === 0) return undefined;
  const { pod, container, labels, ...always } = first.subject;
  const data: ObservationBatch = {
    window: { start: new Date(atMs - interval).toISOString(), ms: interval, elapsed_ms: interval },
    candidate: false,
    subject: {
      ...always,
      ...(pod !== undefined && { pod }),
      ...(container !== undefined && { container }),
      ...(labels !== undefined && { labels }),
    },
    rows,
  };
  // Each subject is a source of its own: sequence numbers count by source.
  const node = `${always.node}-${index}`;
  return createCloudEvent({
    id: `${node}/test/${step + 1}`,
    source: `/clusters/${always.cluster}/nodes/${node}`,
    type: observationsType,
    timeMs: atMs,
    partitionkey: `${always.cluster}/${always.namespace}/${always.workload}`,
    data,
  });
}

function rowsAt(input: TestInput, step: number): readonly ObservationRow[] {
  const fields = fieldsAt(input, step);
  if (Object.keys(fields).length === 0) return [];
  const { signal, role, service_port, protocol, peer, target } = input;
  const told = { ...(protocol !== undefined && { protocol }), ...(target !== undefined && { target }) };
  return [{ signal, role, service_port, peer, fields, ...told }];
}

/**
 * Fields that the test does not name are zero, because an agent sends all fields of a signal; `_` leaves one out.
 * Where no named field has a value, there is no row.
 */
function fieldsAt({ signal, series, sketches }: TestInput, step: number): Record<string, number> {
  const measured = [...series].filter(([, values]) => values[step] !== undefined);
  const counted = [...sketches].flatMap(([name, steps]) => sketchFieldsOf(name, steps[step]));
  if (measured.length === 0 && counted.length === 0) return {};
  const unnamed = Object.keys(signalCatalogue.get(signal)?.fields ?? {}).filter(
    (field) => !series.has(field),
  );
  const fields = Object.fromEntries([
    ...unnamed.map((field) => [field, 0] as const),
    ...measured.map(([field, values]) => [field, values[step] ?? NaN] as const),
  ]);
  for (const [name, count] of counted) fields[name] = (fields[name] ?? 0) + count;
  return fields;
}

function sketchFieldsOf(
  sketch: string,
  values: ReadonlyMap<number, number> | undefined,
): (readonly [name: string, count: number])[] {
  return [...(values ?? [])].map(([value, count]) => [sketchFieldName(sketch, sketchBucketOf(value)), count]);
}
