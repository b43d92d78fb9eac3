import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Registry } from 'prom-client';
import type { RuleFault, RuleSet } from '../rules/compiled-rule.ts';
import type { Compile } from '../rules/compile-once.ts';
import { loadRules } from '../rules/load.ts';
import { formatFault } from '../rules/parse/faults.ts';
import { RuleWatcher } from '../rules/watch.ts';
import { createCloudEvent } from '../stream/cloud-event.ts';
import { rulesLoadedType } from '../stream/events/control.ts';
import type { Producer } from '../stream/port.ts';
import type { StreamLogger } from '../stream/stream-logger.ts';
import type { Component } from './lifecycle.ts';
import { packageRoot } from './package-root.ts';
import type { Config } from './config/schema.ts';
import { createReloadCounter } from './reload-counter.ts';
import { StartError } from './start-error.ts';

export interface RuleServiceOptions {
  readonly rules: StartRules;
  readonly producer: Producer;
  readonly logger: StreamLogger;
  readonly registry: Registry;
}

export interface RuleService extends Component {
  current(): RuleSet;
  /** Faults of a change that was refused; the rules before it go on. Empty: all is well. */
  refused(): readonly string[];
}

/** Where rules come from: the shipped catalogue, then what the configuration names. */
export function ruleSources(catalog: boolean, files: readonly string[]): readonly string[] {
  return [...(catalog ? [join(packageRoot, 'rules', 'catalog')] : []), ...files];
}

/** As configured. In a cluster the shipped rules also ask it before they tell (rules/cluster). */
export function configuredSources(
  { rules, kubernetes }: Pick<Config, 'rules' | 'kubernetes'>,
  files: readonly string[],
): readonly string[] {
  const inCluster = rules.catalog && kubernetes !== undefined;
  const ofCluster = inCluster ? [join(packageRoot, 'rules', 'cluster')] : [];
  return ruleSources(rules.catalog, [...ofCluster, ...files]);
}

/** Rules that compile, and where they come from. */
export interface StartRules {
  /** Files, folders, globs; the order decides which overlay comes last. */
  readonly sources: readonly string[];
  readonly learnMs: number | null;
  readonly ruleSet: RuleSet;
  readonly warnings: readonly string[];
}

/** Throws a `StartError` with every fault where the rules do not compile. */
export async function loadStartRules(
  sources: readonly string[],
  learnMs: number | null,
  compile?: Compile,
): Promise<StartRules> {
  const loaded = await loadRules(sources, { learnMs }, compile);
  if (!loaded.ok) throw ruleError(loaded.faults);
  return { sources, learnMs, ruleSet: loaded.ruleSet, warnings: loaded.warnings };
}

/**
 * Tells the judge the rules through the stream (so that a replay judges with the rules of the moment), and watches
 * their files. A broken change is refused, logged and counted.
 */
export function createRuleService(options: RuleServiceOptions): RuleService {
  const { logger } = options;
  const { sources, learnMs, ruleSet, warnings } = options.rules;
  for (const warning of warnings) logger.warn({}, warning);
  const reloads = createReloadCounter(options.registry);
  let current = ruleSet;
  let refused: readonly string[] = [];

  const watcher = new RuleWatcher({
    sources,
    learnMs,
    current,
    onRules: (ruleSet, warnings) => {
      current = ruleSet;
      refused = [];
      reloads.inc({ result: 'taken' });
      for (const warning of warnings) logger.warn({}, warning);
      logger.info({ revision: ruleSet.revision, rules: ruleSet.rules.length }, 'rules changed');
      publish(ruleSet).catch((error: unknown) =>
        logger.error({ err: error }, 'the new rules did not reach the stream'),
      );
    },
    onFaults: (faults) => {
      refused = faults.map(formatFault);
      reloads.inc({ result: 'refused' });
      logger.error({}, `a change of the rules is refused, the old ones go on:\n  ${refused.join('\n  ')}`);
    },
  });

  function publish(ruleSet: RuleSet): Promise<void> {
    const event = createCloudEvent({
      id: randomUUID(),
      source: '/rules',
      type: rulesLoadedType,
      timeMs: Date.now(),
      partitionkey: 'rules',
      data: { revision: ruleSet.revision, files: [...ruleSet.files], learn_ms: learnMs },
    });
    return options.producer.append('signals', [event]);
  }

  async function start(): Promise<void> {
    await publish(current);
    await watcher.start();
  }

  return { name: 'rules', start, stop: () => watcher.stop(), current: () => current, refused: () => refused };
}

function ruleError(faults: readonly RuleFault[]): StartError {
  return new StartError(
    `the rules have ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n  ${faults.map(formatFault).join('\n  ')}`,
    'Nothing was started. Correct the rules (saccade rules check FILE…) and start again.',
    { exitCode: 2 },
  );
}
