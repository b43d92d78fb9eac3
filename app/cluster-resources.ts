import { join } from 'node:path';
import type { Logger } from 'pino';
import { AgentPolicyController } from '../kubernetes/resources/agent-policy-controller.ts';
import type { FiringStage } from '../kubernetes/resources/firing-stage.ts';
import {
  type CaptureHost,
  PacketCaptureController,
} from '../kubernetes/resources/packet-capture-controller.ts';
import { RuleController } from '../kubernetes/resources/rule-controller.ts';
import { ruleFolderName } from '../kubernetes/resources/rule-file.ts';
import { openRuleFolder } from '../kubernetes/resources/rule-folder.ts';
import { SilenceController, type SilenceStore } from '../kubernetes/resources/silence-controller.ts';
import type { NotifyStage } from '../notifiers/stage/notify-stage.ts';
import { compileRules } from '../rules/compile.ts';
import type { Compile } from '../rules/compile-once.ts';
import { loadRuleFiles } from '../rules/load.ts';
import { createCloudEvent } from '../stream/cloud-event.ts';
import { silenceAddedType, silenceExpiredType } from '../stream/events/control.ts';
import type { Producer } from '../stream/port.ts';
import { type ClusterComponent, informerClock } from './cluster-view.ts';
import type { LoadedConfig } from './config/load-config.ts';
import type { Component } from './lifecycle.ts';
import { configuredSources, loadStartRules, type StartRules } from './rule-service.ts';
import { StartError } from './start-error.ts';

export interface ClusterResourcesOptions {
  readonly cluster: ClusterComponent;
  readonly loaded: LoadedConfig;
  readonly learnMs: number | null;
  readonly firing: FiringStage;
  readonly notify: Pick<NotifyStage, 'silences'>;
  readonly producer: Producer;
  /** undefined: PacketCaptures are another process's. */
  readonly captures?: CaptureHost | undefined;
  readonly logger: Logger;
}

/** Rules of the cluster's objects, as files: what was accepted is in force from the next start's first moment on. */
const folderOf = ({ dataDirectory }: LoadedConfig): string => join(dataDirectory, ruleFolderName);

/** Adds the folder of the cluster's rules. One that no longer goes with the others never keeps a start from working. */
export async function withClusterRules(
  loaded: LoadedConfig,
  rules: StartRules,
  compile: Compile,
): Promise<StartRules> {
  if (loaded.config.kubernetes === undefined) return rules;
  const sources = [...rules.sources, folderOf(loaded)];
  const folder = await openRuleFolder(folderOf(loaded));
  try {
    return await loadStartRules(sources, rules.learnMs, compile);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    await folder.replace([]);
    return { ...rules, sources };
  }
}

export interface ClusterRulesOptions {
  readonly cluster: Pick<ClusterComponent, 'client'>;
  readonly loaded: LoadedConfig;
  readonly learnMs: number | null;
  /** undefined: another process writes the status of the objects. */
  readonly firing: FiringStage | undefined;
  readonly onProblem: (error: unknown, resource: string) => void;
}

/** Keeps the folder of the cluster's rules. */
export async function openRuleController(options: ClusterRulesOptions): Promise<RuleController> {
  const { cluster, loaded, learnMs, firing, onProblem } = options;
  const sources = configuredSources(loaded.config, loaded.ruleFiles);
  return new RuleController({
    api: cluster.client,
    clock: informerClock,
    random: Math.random,
    onProblem,
    folder: await openRuleFolder(folderOf(loaded)),
    baseFiles: async () => (await loadRuleFiles(sources)).files,
    compile: (files) => compileRules(files, { learnMs }),
    firing: firing && (() => firing.firing()),
  });
}

/** What follows one kind of object. */
interface ResourceController {
  start(): void;
  stop(): Promise<void>;
}

/** SaccadeRules become rules, Silences silences, AgentPolicies are the agents' own; what came of each stands in its status. */
export function createClusterResources(options: ClusterResourcesOptions): Component {
  const { cluster, logger, captures } = options;
  const onProblem = (error: unknown, resource: string): void =>
    logger.warn({ resource, error: (error as Error).message }, 'custom resources are not up to date');
  const shared = { api: cluster.client, clock: informerClock, random: Math.random, onProblem };
  let running: readonly ResourceController[] = [];
  return {
    name: 'custom resources',
    async start() {
      running = [
        await openRuleController({ ...options, onProblem }),
        new AgentPolicyController({ ...shared, nodes: cluster.nodeLabels }),
        new SilenceController({ ...shared, store: silenceStore(options) }),
        ...(captures ? [new PacketCaptureController({ ...shared, host: captures })] : []),
      ];
      for (const controller of running) controller.start();
    },
    async stop() {
      await Promise.all(running.map((controller) => controller.stop()));
    },
  };
}

function silenceStore({ notify, producer }: ClusterResourcesOptions): SilenceStore {
  const tell = (id: string, type: string, partitionkey: string, data: unknown): Promise<void> =>
    producer.append('alerts', [
      createCloudEvent({ id, source: '/kubernetes/silences', type, timeMs: Date.now(), partitionkey, data }),
    ]);
  return {
    current: () => notify.silences(),
    add: (silence) => tell(`added/${silence.id}`, silenceAddedType, silence.id, silence),
    expire: (id, by) => tell(`expired/${id}`, silenceExpiredType, id, { id, by }),
  };
}
