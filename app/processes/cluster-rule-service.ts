import type { Registry } from 'prom-client';
import type { Logger } from 'pino';
import { compileRules } from '../../rules/compile.ts';
import type { Producer } from '../../stream/port.ts';
import { openRuleController, withClusterRules } from '../cluster-resources.ts';
import type { ClusterComponent } from '../cluster-view.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { createRuleService, type RuleService, type StartRules } from '../rule-service.ts';

export interface ClusterRuleServiceOptions {
  readonly cluster: Pick<ClusterComponent, 'client'>;
  readonly loaded: LoadedConfig;
  /** Without those of the cluster. */
  readonly rules: StartRules;
  readonly producer: Producer;
  readonly logger: Logger;
  readonly registry: Registry;
}

/**
 * The rules of an engine in a cluster: its files and the accepted SaccadeRules. Every engine reads the objects itself,
 * since all must tell the judges the same. It tells them nothing before it has read them all once: rules that it does not
 * know yet would go out of force with their alerts. The judges of a running Saccade meanwhile go on with the rules that
 * are in their state.
 */
export function createClusterRuleService(options: ClusterRuleServiceOptions): RuleService {
  const { rules, logger } = options;
  let inner: RuleService | undefined;
  let stopped = false;
  let ends: readonly (() => Promise<void>)[] = [];
  let problem = 'not read yet';

  async function begin(settled: Promise<void>): Promise<void> {
    await settled;
    const service = createRuleService({
      ...options,
      rules: await withClusterRules(options.loaded, rules, compileRules),
    });
    if (stopped) return;
    ends = [...ends, () => service.stop()];
    await service.start();
    inner = service;
  }

  return {
    name: 'rules',
    async start() {
      const controller = await openRuleController({
        ...options,
        learnMs: rules.learnMs,
        // One process writes it: the notify in charge, which knows what fires.
        firing: undefined,
        onProblem(error, resource) {
          problem = (error as Error).message;
          logger.warn({ resource, error: problem }, 'rules of the cluster are not up to date');
        },
      });
      ends = [() => controller.stop()];
      controller.start();
      begin(controller.settled()).catch((error: unknown) => {
        problem = (error as Error).message;
        logger.error({ err: error }, 'the rules did not reach the judges');
      });
    },
    async stop() {
      stopped = true;
      await Promise.all(ends.map((end) => end()));
    },
    current: () => inner?.current() ?? rules.ruleSet,
    refused: () => inner?.refused() ?? [`the rules of the cluster: ${problem}`],
  };
}
