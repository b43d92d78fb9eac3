import type { CompileRules } from '../../engine/judge-context.ts';
import { createJudgeStage, type JudgeStage } from '../../engine/judge.ts';
import { createRespondStage } from '../../engine/respond.ts';
import { compileRules } from '../../rules/compile.ts';
import type { StageBinding } from '../../stream/kafka/kafka-host.ts';
import type { TopicPlan } from '../../stream/kafka/topic-plan.ts';
import type { RunningJudge } from '../judge-metrics.ts';
import { compileOnly, createForwardingJudge, isWide } from './split-judge.ts';

/** The judge's clock ticks four times a second, that of the cool-downs every five seconds. */
const [judgeTickMs, respondTickMs] = [250, 5_000];

export interface EngineStages {
  readonly bindings: readonly StageBinding[];
  /** Those that this process runs at the moment. */
  judges(): readonly RunningJudge[];
}

/** What an engine runs: a judge a partition of the signals, one for the wide rules, one respond for the alerts. */
export function createEngineStages(plan: TopicPlan): EngineStages {
  const judges = new Map<JudgeStage, RunningJudge>();

  /** Counted once it has its state: what it left out before, others have told. */
  function openJudge(stage: string, compile: CompileRules, partition?: number): JudgeStage {
    const judge = createJudgeStage({ compile, partition });
    const restored: JudgeStage = {
      ...judge,
      restore(entries) {
        judge.restore(entries);
        judges.set(restored, { stage, judge });
      },
    };
    return restored;
  }

  const narrow: StageBinding = {
    name: 'judge',
    input: plan.physical('signals'),
    tickEveryMs: judgeTickMs,
    route: ({ topic }) => (topic === 'signals' ? plan.wide : undefined),
    create(partition) {
      const judge = openJudge(
        'judge',
        compileOnly(compileRules, (rule) => !isWide(rule)),
        partition,
      );
      return {
        stage: createForwardingJudge(judge, compileRules, partition),
        deactivate: async () => void judges.delete(judge),
      };
    },
  };
  const wide: StageBinding = {
    name: 'judge-wide',
    input: plan.wide,
    tickEveryMs: judgeTickMs,
    create() {
      const judge = openJudge('judge-wide', compileOnly(compileRules, isWide));
      return { stage: judge, deactivate: async () => void judges.delete(judge) };
    },
  };
  const respond: StageBinding = {
    name: 'respond',
    input: plan.physical('alerts'),
    tickEveryMs: respondTickMs,
    create: () => ({ stage: createRespondStage() }),
  };
  return { bindings: [narrow, wide, respond], judges: () => [...judges.values()] };
}
