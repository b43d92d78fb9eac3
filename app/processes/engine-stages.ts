import { createJudgeStage, type JudgeStage } from '../../engine/judge.ts';
import { createRespondStage } from '../../engine/respond.ts';
import { compileRules } from '../../rules/compile.ts';
import type { StageBinding } from '../../stream/kafka/kafka-host.ts';

/** The judge's clock ticks four times a second, that of the cool-downs every five seconds. */
const [judgeTickMs, respondTickMs] = [250, 5_000];

export interface EngineStages {
  readonly bindings: readonly StageBinding[];
  /** The judges of the partitions that were ever opened here and not replaced. */
  judges(): readonly JudgeStage[];
}

/** What an engine runs: a judge a partition of the signals, one respond for the alerts. */
export function createEngineStages(): EngineStages {
  const judges = new Map<number, JudgeStage>();
  return {
    judges: () => [...judges.values()],
    bindings: [
      {
        name: 'judge',
        input: 'signals',
        tickEveryMs: judgeTickMs,
        create(partition) {
          const stage = createJudgeStage({ compile: compileRules });
          judges.set(partition, stage);
          return {
            stage,
            deactivate: async () => void (judges.get(partition) === stage && judges.delete(partition)),
          };
        },
      },
      {
        name: 'respond',
        input: 'alerts',
        tickEveryMs: respondTickMs,
        create: () => ({ stage: createRespondStage() }),
      },
    ],
  };
}
