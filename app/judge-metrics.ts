import { Counter, Gauge, type Registry } from 'prom-client';
import type { JudgeStage, JudgeStats } from '../engine/judge.ts';

/** A judge that runs in this process, under the name of its stage. */
export interface RunningJudge {
  readonly stage: string;
  readonly judge: Pick<JudgeStage, 'stats'>;
}

/** What a judge could not hold, by the reason that a metric names. */
const leftOut = {
  /** Rows that went to `__other__`: their rule has as many keys as it may. */
  keys: ({ overflow }: JudgeStats) => Object.values(overflow).reduce((sum, rows) => sum + rows, 0),
  /** Alerts that fired while as many of their rule did as its `limit` lets: counted in the one of `__other__`. */
  limit: ({ limited }: JudgeStats) => Object.values(limited).reduce((sum, alerts) => sum + alerts, 0),
  /** Sources that were forgotten; what they tell again counts again. */
  sources: ({ evicted }: JudgeStats) => evicted,
  /** Members of `seen` baselines that were forgotten. */
  members: ({ evictedMembers }: JudgeStats) => evictedMembers,
} as const satisfies Readonly<Record<string, (stats: JudgeStats) => number>>;
type Reason = keyof typeof leftOut;
const reasons = Object.keys(leftOut) as readonly Reason[];

/**
 * How full the judges are, and what they left out. A judge brings its counts along from where it ran before; only what
 * they grow by here is counted here.
 */
export function registerJudgeMetrics(registry: Registry, judges: () => readonly RunningJudge[]): void {
  const told = new WeakMap<object, ReadonlyMap<Reason, number>>();
  new Counter({
    name: 'saccade_judge_left_out_total',
    help: 'What a judge could not hold: rows judged together as __other__ (keys), alerts counted as __other__ (limit), forgotten sources and members.',
    labelNames: ['stage', 'reason'],
    registers: [registry],
    collect() {
      for (const { stage, judge } of judges()) {
        const counts = countsOf(judge.stats());
        const before = told.get(judge) ?? counts;
        told.set(judge, counts);
        for (const reason of reasons)
          this.inc({ stage, reason }, Math.max(0, (counts.get(reason) ?? 0) - (before.get(reason) ?? 0)));
      }
    },
  });
  for (const figure of ['keys', 'sources'] as const)
    new Gauge({
      name: `saccade_judge_${figure}`,
      help: `${figure === 'keys' ? 'Keys of rules' : 'Sources'} that the judges of this process hold.`,
      labelNames: ['stage'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { stage, judge } of judges()) this.inc({ stage }, judge.stats()[figure]);
      },
    });
}

const countsOf = (stats: JudgeStats): ReadonlyMap<Reason, number> =>
  new Map(reasons.map((reason) => [reason, leftOut[reason](stats)]));
