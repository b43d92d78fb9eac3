import type { CloudEvent } from '../stream/cloud-event.ts';
import { createDeadLetter } from '../stream/embedded/dead-letter.ts';
import { captureType, type Capture } from '../stream/events/capture.ts';
import { functionCalledSchema, functionCalledType } from '../stream/events/function.ts';
import { transitionType, type Transition } from '../stream/events/transition.ts';
import type { Output, Stage, StateChange, StreamRecord, Topic } from '../stream/port.ts';
import type { FunctionConfig } from './config-schema.ts';

/** An event that a function has still to be given. */
export interface FunctionJob {
  readonly function: string;
  readonly topic: Topic;
  readonly offset: number;
  readonly event: CloudEvent;
}

export interface FunctionStage extends Stage {
  /** What is durable and not done, oldest first. */
  jobs(): readonly FunctionJob[];
  /** Called after each commit that changed `jobs`. */
  onChange(listener: () => void): void;
}

/** Of one function; beyond it the oldest become dead letters. */
const maxJobs = 1_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Keeps what the user's functions have still to be given: `(events, outcomes) → jobs`. The calls themselves are made by
 * the runner, after the commit; their outcomes come back as events, so a crash anywhere repeats a call at most.
 */
export function createFunctionStage(functions: readonly FunctionConfig[]): FunctionStage {
  const jobs = new Map<string, FunctionJob>();
  const changed = new Set<string>();
  let visible: readonly FunctionJob[] = [];
  let stale = false;
  const listeners: (() => void)[] = [];
  const keyOf = (name: string, eventId: string): string => `${name}\n${eventId}`;

  const add = (job: FunctionJob): readonly Output[] => {
    const key = keyOf(job.function, job.event.id);
    if (jobs.has(key)) return [];
    jobs.set(key, job);
    changed.add(key);
    const own = [...jobs.values()].filter(({ function: name }) => name === job.function);
    const [oldest] = own;
    return own.length > maxJobs && oldest !== undefined
      ? [end(oldest, `more than ${maxJobs} events wait for it`, Date.parse(job.event.time))]
      : [];
  };
  const end = (job: FunctionJob, reason: string, timeMs: number): Output => {
    remove(job.function, job.event.id);
    const { topic, offset, event } = job;
    const stage = `function:${job.function}`;
    return { topic: 'dead', event: createDeadLetter({ stage, topic, offset, reason, event, timeMs }) };
  };
  const remove = (name: string, eventId: string): void => {
    const key = keyOf(name, eventId);
    if (jobs.delete(key)) changed.add(key);
  };
  const foldCalled = ({ event }: StreamRecord): readonly Output[] => {
    const called = functionCalledSchema.parse(event.data);
    const job = jobs.get(keyOf(called.function, called.event_id));
    if (job === undefined) return [];
    if (called.outcome === 'dead') return [end(job, called.reason, Date.parse(event.time))];
    remove(called.function, called.event_id);
    return [];
  };

  return {
    name: 'functions',
    inputs: ['alerts', 'captures', 'notifications'],
    jobs: () => visible,
    onChange: (listener) => void listeners.push(listener),
    restore(entries) {
      const restored = [...entries].map(([, value]) => JSON.parse(decoder.decode(value)) as FunctionJob);
      for (const job of restored.toSorted((a, b) => a.offset - b.offset))
        jobs.set(keyOf(job.function, job.event.id), job);
      visible = [...jobs.values()];
    },
    process(record) {
      if (record.event.type === functionCalledType) return foldCalled(record);
      const { topic, offset, event } = record;
      return functions
        .filter((one) => concerns(one, event))
        .flatMap(({ name }) => add({ function: name, topic, offset, event }));
    },
    *drainState(): Iterable<StateChange> {
      stale ||= changed.size > 0;
      for (const key of changed) {
        const job = jobs.get(key);
        yield { key, value: job === undefined ? null : encoder.encode(JSON.stringify(job)) };
      }
      changed.clear();
    },
    committed() {
      if (!stale) return;
      stale = false;
      visible = [...jobs.values()];
      for (const listener of listeners) listener();
    },
  };
}

const typeOf: Readonly<Record<FunctionConfig['events'][number], string>> = {
  transition: transitionType,
  capture: captureType,
};

function concerns({ events, rules }: FunctionConfig, event: CloudEvent): boolean {
  if (!events.some((word) => typeOf[word] === event.type)) return false;
  return rules === undefined || rules.includes(ruleIdOf(event) ?? '');
}

/** undefined: of a capture that a person asked for. */
function ruleIdOf({ type, data }: CloudEvent): string | undefined {
  return type === captureType ? (data as Capture).alert?.rule_id : (data as Transition).rule_id;
}
