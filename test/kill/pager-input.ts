import { readFileSync } from 'node:fs';
import { retransmitRow } from '../../engine/testing/signal-script.ts';
import { createCloudEvent, type CloudEvent } from '../../stream/cloud-event.ts';
import { rulesLoadedType, tickType } from '../../stream/events/control.ts';
import { observationsType, type ObservationBatch } from '../../stream/events/observation.ts';
import type { Output } from '../../stream/port.ts';

const stepMs = 250;
const learnMs = 10_000;
const rulePath = 'rules/catalog/tcp-retransmit-spike/rule.yaml';
/** Each loses packets for a while, one after another; the rest of the time all is well. */
const workloads = ['netns/a', 'netns/b', 'netns/c', 'netns/d'];
const firstFaultMs = 15_000;
const faultEveryMs = 12_000;
const faultMs = 8000;

/** Quiet, four faults, and the time in which the last of them is resolved. */
export const pagerSteps = (firstFaultMs + workloads.length * faultEveryMs + 90_000) / stepMs;

/** The time at which a step is appended: that of the log's clock too, so that every run judges alike. */
export const pagerStepMs = (startMs: number, step: number): number => startMs + step * stepMs;

/** The nth step: the rules at first, then what four agents and the ticker append in a quarter of a second. */
export function createPagerInput(startMs: number, step: number): readonly Output[] {
  const atMs = pagerStepMs(startMs, step);
  const tick = createControl(tickType, {}, atMs, `tick${step}`);
  if (step === 0) return [{ topic: 'signals', event: createRules(atMs) }];
  return [
    ...workloads.map((workload, n): Output => ({
      topic: 'signals',
      event: createBatch(workload, atMs, step, isFaulty(n, atMs - startMs)),
    })),
    { topic: 'signals', event: tick },
    { topic: 'alerts', event: tick },
  ];
}

function isFaulty(workload: number, sinceStartMs: number): boolean {
  const sinceFaultMs = sinceStartMs - firstFaultMs - workload * faultEveryMs;
  return sinceFaultMs >= 0 && sinceFaultMs < faultMs;
}

function createRules(atMs: number): CloudEvent {
  const files = [{ path: rulePath, text: readFileSync(rulePath, 'utf8') }];
  return createControl(rulesLoadedType, { revision: 'kill', files, learn_ms: learnMs }, atMs, 'rules');
}

function createControl(type: string, data: unknown, timeMs: number, id: string): CloudEvent {
  return createCloudEvent({ id, source: '/kill/control', type, timeMs, partitionkey: 'control', data });
}

function createBatch(workload: string, atMs: number, step: number, faulty: boolean): CloudEvent {
  const windowMs = Math.ceil(atMs / 1000 - 1) * 1000;
  const fields = {
    data_segments: 50,
    retransmits: faulty ? 5 : 0,
    stalled_sockets: 0,
    syn_retransmits: 0,
  };
  const data: ObservationBatch = {
    window: { start: new Date(windowMs).toISOString(), ms: 1000, elapsed_ms: atMs - windowMs },
    candidate: faulty,
    subject: { cluster: 'c1', node: workload, namespace: 'shop', workload },
    rows: [retransmitRow(fields)],
  };
  const id = `${workload}/boot/${step}`;
  const source = `/clusters/c1/nodes/${workload}`;
  const partitionkey = `c1/shop/${workload}`;
  return createCloudEvent({ id, source, type: observationsType, timeMs: atMs, partitionkey, data });
}
