import type { CompileResult, RuleFile } from '../../rules/compile.ts';
import type { KubernetesObject } from '../api.ts';
import type { InformerStatus } from '../informers/informer.ts';
import { acceptanceStatus } from './acceptance-status.ts';
import { acceptRules, type Verdict } from './accept-rules.ts';
import {
  resourcePath,
  saccadeRule,
  type SaccadeRuleStatus,
  saccadeRuleStatusSchema,
} from './custom-resources.ts';
import { type ControllerOptions, ObjectWatch } from './object-watch.ts';
import { ruleFileName, ruleIdIn, type SaccadeRuleRecord, toRuleFile } from './rule-file.ts';

/** Where accepted rules go: a folder that is one of the sources of rules. */
export interface RuleFolder {
  pathOf(fileName: string): string;
  /** Makes the folder hold exactly these. */
  replace(files: readonly RuleFile[]): Promise<void>;
}

export interface RuleControllerOptions extends ControllerOptions {
  readonly folder: RuleFolder;
  /** The rules besides: shipped and configured ones. */
  readonly baseFiles: () => Promise<readonly RuleFile[]>;
  readonly compile: (files: readonly RuleFile[]) => CompileResult;
  /** Alerts that fire now, by the id of their rule; undefined: another controller writes the status. */
  readonly firing: (() => ReadonlyMap<string, number>) | undefined;
}

interface RuleRecord extends SaccadeRuleRecord {
  /** Another one with each change of the rules, and only then. */
  readonly version: string;
  readonly told: SaccadeRuleStatus | undefined;
}

const maxObjects = 500;
const maxRules = 50;
/** Changes come in bunches, and firing counts are told by looking. */
const [settleMs, lookEveryMs] = [200, 5_000];

/**
 * Takes SaccadeRules into the rules, as files with the object's name, and says in their status what came of it. Before
 * everything was listed, what the folder holds from the last time stays.
 */
export class RuleController {
  readonly #options: RuleControllerOptions;
  readonly #objects: ObjectWatch<RuleRecord>;
  readonly #settled = Promise.withResolvers<void>();
  #verdicts: ReadonlyMap<string, Verdict> = new Map();
  /** Versions of all rules: as last looked at, and as they are in the folder. */
  #seen: string | undefined;
  #taken: string | undefined;
  #lookedMs = 0;

  constructor(options: RuleControllerOptions) {
    this.#options = options;
    this.#objects = new ObjectWatch({
      ...options,
      resource: saccadeRule,
      maxObjects,
      lookEveryMs: settleMs,
      keep: keepRule,
      reconcile: () => this.#reconcile(),
    });
  }

  start(): void {
    this.#objects.start();
  }

  stop(): Promise<void> {
    return this.#objects.stop();
  }

  /** Resolves once all rules that there were are in the folder. */
  settled(): Promise<void> {
    return this.#settled.promise;
  }

  status(): InformerStatus {
    return this.#objects.status();
  }

  /** At once when a rule has changed, else at intervals: then it also makes good what failed. */
  async #reconcile(): Promise<void> {
    const nowMs = this.#options.clock.nowMs();
    const records = this.#objects.records();
    const versions = records.map(({ version }) => version).join('\n');
    if (versions === this.#seen && nowMs - this.#lookedMs < lookEveryMs) return;
    this.#seen = versions;
    this.#lookedMs = nowMs;
    if (versions !== this.#taken) await this.#take(records);
    this.#taken = versions;
    await this.#objects.forEach((record, key) => this.#tell(record, key));
  }

  async #take(all: readonly RuleRecord[]): Promise<void> {
    const { folder, baseFiles, compile } = this.#options;
    const records = all.toSorted((a, b) => (ruleFileName(a) < ruleFileName(b) ? -1 : 1));
    const files = records.map((record) => toRuleFile(record, folder.pathOf(ruleFileName(record))));
    this.#verdicts = acceptRules(await baseFiles(), files, compile);
    await folder.replace([...this.#verdicts.values()].flatMap((one) => (one.accepted ? [one.file] : [])));
    this.#settled.resolve();
  }

  async #tell(record: RuleRecord, key: string): Promise<void> {
    const { api, folder, clock, firing } = this.#options;
    const verdict = this.#verdicts.get(folder.pathOf(ruleFileName(record)));
    if (!verdict || firing === undefined) return;
    const { told: before } = record;
    const counts = firing();
    const ids = record.rules.map(({ id }) => ruleIdIn(record.namespace, String(id)));
    const acceptance = {
      accepted: verdict.accepted,
      state: verdict.accepted ? 'Active' : 'Refused',
      message: verdict.accepted ? 'in force' : verdict.message,
      generation: record.generation,
      nowMs: clock.nowMs(),
    };
    const status: SaccadeRuleStatus = {
      ...acceptanceStatus(acceptance, before),
      rules: record.rules.length,
      firing: ids.reduce((sum, id) => sum + (counts.get(id) ?? 0), 0),
    };
    if (JSON.stringify(status) === JSON.stringify(before && inOrder(before))) return;
    const path = `${resourcePath(saccadeRule, record.namespace, record.name)}/status`;
    await api.send('PATCH', path, { status }, this.#objects.signal);
    // It comes back as a change, too; until then it is not told again.
    this.#objects.replace(key, record, { ...record, told: status });
  }
}

/** The API server has checked the shape; what it cannot tell, the compiler does. */
function keepRule({ metadata, ...rest }: KubernetesObject): RuleRecord {
  const { namespace = '', name, uid, generation = 0 } = metadata;
  const told = saccadeRuleStatusSchema.safeParse(rest['status']);
  const { rules } = (rest['spec'] ?? {}) as { readonly rules?: SaccadeRuleRecord['rules'] };
  return {
    namespace,
    name,
    generation,
    version: `${uid}@${generation}`,
    rules: (rules ?? []).slice(0, maxRules),
    told: told.success ? told.data : undefined,
  };
}

/** The API server gives keys back in another order; the schema puts them into ours. */
function inOrder(status: SaccadeRuleStatus): SaccadeRuleStatus {
  const { state, conditions, rules, firing } = status;
  const ordered = conditions.map(
    ({ type, status: is, reason, message, observedGeneration, lastTransitionTime }) => ({
      type,
      status: is,
      reason,
      message,
      observedGeneration,
      lastTransitionTime,
    }),
  );
  return { state, conditions: ordered, rules, firing };
}
