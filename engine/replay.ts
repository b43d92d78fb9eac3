import { createCloudEvent } from '../stream/cloud-event.ts';
import { rulesLoadedType } from '../stream/events/control.ts';
import { transitionType, type Transition } from '../stream/events/transition.ts';
import { PoisonError, type StreamRecord } from '../stream/port.ts';
import { createJudgeStage, type JudgeStage } from './judge.ts';
import type { CompileRules } from './judge-context.ts';
import type { LoadedRules } from './judge-memory.ts';

export interface ReplayOptions {
  readonly compile: CompileRules;
  /** Judge with these rules from the first record on, instead of those that the records carry. */
  readonly rules?: Pick<LoadedRules, 'files' | 'learn_ms'>;
}

export interface Replay {
  readonly transitions: readonly Transition[];
  /** Records judged, and those that the judge could not take. */
  readonly records: number;
  readonly refused: number;
  /** Append times of the first and the last record; null: there was none. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/**
 * Runs the real judge over a recording or a log, in the order of its offsets: with the rules of that time it gives
 * the same transitions again, with others what they would have done. Topics other than `signals` are passed over.
 */
export async function replay(
  records: AsyncIterable<StreamRecord> | Iterable<StreamRecord>,
  options: ReplayOptions,
): Promise<Replay> {
  const judge = createJudgeStage({ compile: options.compile });
  const transitions: Transition[] = [];
  let [count, refused] = [0, 0];
  let [fromMs, toMs]: [number | null, number | null] = [null, null];
  for await (const record of records) {
    if (record.topic !== 'signals') continue;
    if (fromMs === null && options.rules) loadRules(judge, record, options.rules);
    fromMs ??= record.appendedAtMs;
    toMs = record.appendedAtMs;
    if (options.rules && record.event.type === rulesLoadedType) continue;
    count += 1;
    if (!judgeRecord(judge, record, transitions)) refused += 1;
  }
  return { transitions, records: count, refused, fromMs, toMs };
}

function loadRules(
  judge: JudgeStage,
  first: StreamRecord,
  rules: Pick<LoadedRules, 'files' | 'learn_ms'>,
): void {
  const event = createCloudEvent({
    id: 'replay/rules',
    source: '/replay',
    type: rulesLoadedType,
    timeMs: first.appendedAtMs,
    partitionkey: 'rules',
    data: { revision: 'replay', ...rules },
  });
  judge.process({ ...first, event });
}

/** false: an event that the judge can never take; the host would have put it aside, too. */
function judgeRecord(judge: JudgeStage, record: StreamRecord, transitions: Transition[]): boolean {
  try {
    for (const { event } of judge.process(record))
      if (event.type === transitionType) transitions.push(event.data as Transition);
    return true;
  } catch (error) {
    if (error instanceof PoisonError) return false;
    throw error;
  }
}
