import { setTimeout as sleep } from 'node:timers/promises';
import { type CloudEvent, createCloudEvent } from '../stream/cloud-event.ts';
import { functionCalledType, type FunctionCalled } from '../stream/events/function.ts';
import type { Output, Producer, Topic } from '../stream/port.ts';
import type { CallPolicy } from './call-policy.ts';
import type { EventFunction } from './event-function.ts';
import type { FunctionJob, FunctionStage } from './function-stage.ts';
import { toOutputs } from './returned-events.ts';

/** A function with how it is called. */
export interface RunnableFunction {
  readonly name: string;
  readonly call: EventFunction;
  readonly policy: CallPolicy;
}

export interface FunctionRunnerOptions {
  readonly stage: Pick<FunctionStage, 'jobs' | 'onChange'>;
  readonly functions: readonly RunnableFunction[];
  readonly producer: Producer;
  readonly nowMs: () => number;
  readonly onCalled?: (called: FunctionCalled) => void;
  /** The log could not be appended to; it is tried again. */
  readonly onAppendFailure: (error: unknown) => void;
}

export interface FunctionRunner {
  readonly name: string;
  /** Takes up what an earlier run left. */
  start(): Promise<void>;
  /** Calls in flight are cut off; they are made again by the next run. */
  stop(): Promise<void>;
}

/** Events of one function in flight at once. */
const concurrency = 4;
const appendRetryMs = 1_000;

/**
 * Makes the calls that the stage has committed, `concurrency` at once a function, so that a slow one holds up nobody
 * else. What comes back and the outcome are appended, in this order: a crash in between repeats the call, and what it
 * returned has the same ids.
 */
export function createFunctionRunner(options: FunctionRunnerOptions): FunctionRunner {
  const { stage, producer, nowMs } = options;
  const stopping = new AbortController();
  const inFlight = new Map<string, Promise<void>>();
  /** Done, but the stage has not taken its outcome in yet. */
  const settled = new Set<string>();

  const isIdle = (job: FunctionJob): boolean => !inFlight.has(keyOf(job)) && !settled.has(keyOf(job));
  const wake = (): void => {
    if (stopping.signal.aborted) return;
    const known = new Set(stage.jobs().map(keyOf));
    for (const key of settled) if (!known.has(key)) settled.delete(key);
    for (const one of options.functions) {
      const own = stage.jobs().filter((job) => job.function === one.name);
      const running = own.filter((job) => inFlight.has(keyOf(job))).length;
      const waiting = own.filter(isIdle);
      for (const job of waiting.slice(0, Math.max(0, concurrency - running))) begin(one, job);
    }
  };
  const begin = (one: RunnableFunction, job: FunctionJob): void => {
    const done = perform(one, job).finally(() => {
      inFlight.delete(keyOf(job));
      wake();
    });
    inFlight.set(keyOf(job), done);
  };
  /** false: stopped before the log took it. */
  const append = async (topic: Topic, event: CloudEvent): Promise<boolean> => {
    for (;;) {
      try {
        await producer.append(topic, [event]);
        return true;
      } catch (error) {
        options.onAppendFailure(error);
        await sleep(appendRetryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
        if (stopping.signal.aborted) return false;
      }
    }
  };
  const perform = async (one: RunnableFunction, job: FunctionJob): Promise<void> => {
    let attempts = 0;
    const counted = (signal: AbortSignal): ReturnType<EventFunction> => {
      attempts += 1;
      return one.call(job.event, signal);
    };
    let outputs: readonly Output[] = [];
    let reason = '';
    try {
      const returned = await one.policy.run(counted, stopping.signal);
      outputs = toOutputs(one.name, job.event, returned, nowMs());
    } catch (error) {
      if (stopping.signal.aborted) return;
      reason = error instanceof Error ? error.message : String(error);
    }
    for (const { topic, event } of outputs) if (!(await append(topic, event))) return;
    const called = outcomeOf(job, attempts, outputs.length, reason);
    if (!(await append('notifications', calledEvent(called, nowMs())))) return;
    settled.add(keyOf(job));
    options.onCalled?.(called);
  };

  return {
    name: 'functions',
    async start() {
      stage.onChange(wake);
      wake();
    },
    async stop() {
      stopping.abort();
      await Promise.all(inFlight.values());
    },
  };
}

function keyOf(job: FunctionJob): string {
  return `${job.function}\n${job.event.id}`;
}

function outcomeOf(job: FunctionJob, attempts: number, returned: number, reason: string): FunctionCalled {
  return {
    function: job.function,
    event_id: job.event.id,
    event_type: job.event.type,
    outcome: reason === '' ? 'done' : 'dead',
    attempts: Math.max(1, attempts),
    returned,
    reason,
  };
}

function calledEvent(called: FunctionCalled, nowMs: number): CloudEvent {
  return createCloudEvent({
    id: `${called.function}/${called.event_id}/called`,
    source: `/functions/${called.function}`,
    type: functionCalledType,
    timeMs: nowMs,
    partitionkey: called.function,
    data: called,
  });
}
