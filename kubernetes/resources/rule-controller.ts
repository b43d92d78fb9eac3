import type { CompileResult, RuleFile } from '../../rules/compile.ts';
import type { KubernetesClient, KubernetesObject } from '../api.ts';
import type { Change } from '../informers/store.ts';
import { Informer, type InformerClock, type InformerStatus } from '../informers/informer.ts';
import { acceptanceStatus } from './acceptance-status.ts';
import { acceptRules, type Verdict } from './accept-rules.ts';
import {
  resourcePath,
  saccadeRule,
  type SaccadeRuleStatus,
  saccadeRuleStatusSchema,
} from './custom-resources.ts';
import { ruleFileName, ruleIdIn, type SaccadeRuleRecord, toRuleFile } from './rule-file.ts';

/** Where accepted rules go: a folder that is one of the sources of rules. */
export interface RuleFolder {
  pathOf(fileName: string): string;
  /** Makes the folder hold exactly these. */
  replace(files: readonly RuleFile[]): Promise<void>;
}

export interface RuleControllerOptions {
  readonly api: KubernetesClient;
  readonly folder: RuleFolder;
  /** The rules besides: shipped and configured ones. */
  readonly baseFiles: () => Promise<readonly RuleFile[]>;
  readonly compile: (files: readonly RuleFile[]) => CompileResult;
  /** Alerts that fire now, by the id of their rule; undefined: another controller writes the status. */
  readonly firing: (() => ReadonlyMap<string, number>) | undefined;
  readonly clock: InformerClock;
  readonly random: () => number;
  readonly onProblem: (error: unknown, resource: string) => void;
}

const maxObjects = 500;
/** Changes come in bunches, and firing counts are told by looking. */
const [settleMs, lookEveryMs] = [200, 5_000];

/** Takes SaccadeRules into the rules, as files with the object's name, and says in their status what came of it. */
export class RuleController {
  readonly #options: RuleControllerOptions;
  readonly #informer: Informer<SaccadeRuleRecord>;
  readonly #records = new Map<string, SaccadeRuleRecord>();
  readonly #told = new Map<string, SaccadeRuleStatus>();
  readonly #stop = new AbortController();
  #verdicts: ReadonlyMap<string, Verdict> = new Map();
  #isDue = false;
  readonly #settled = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;

  constructor(options: RuleControllerOptions) {
    this.#options = options;
    this.#informer = new Informer({
      ...options,
      resource: saccadeRule.plural,
      path: resourcePath(saccadeRule),
      keep: (object) => this.#keep(object),
      onChange: (change) => this.#changed(change),
      maxObjects,
      mayBeMissing: true,
    });
  }

  start(): void {
    this.#informer.start();
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#informer.stop(), this.#running]);
  }

  /** Resolves once all rules that there were are in the folder. */
  settled(): Promise<void> {
    return this.#settled.promise;
  }

  status(): InformerStatus {
    return this.#informer.status();
  }

  /** The API server has checked the shape; what it cannot tell, the compiler does. */
  #keep({ metadata, ...rest }: KubernetesObject): SaccadeRuleRecord {
    const { namespace = '', name, generation = 0 } = metadata;
    const status = saccadeRuleStatusSchema.safeParse(rest['status']);
    const key = `${namespace}/${name}`;
    if (status.success) this.#told.set(key, status.data);
    const { rules } = (rest['spec'] ?? {}) as { readonly rules?: SaccadeRuleRecord['rules'] };
    return { namespace, name, generation, rules: (rules ?? []).slice(0, maxRules) };
  }

  #changed(change: Change<SaccadeRuleRecord>): void {
    if (change.type === 'delete') {
      this.#records.delete(change.key);
      this.#told.delete(change.key);
    } else this.#records.set(change.key, change.object);
    // A status that we wrote comes back as a change, too.
    if (change.type !== 'update' || change.object.generation !== change.previous.generation)
      this.#isDue = true;
  }

  async #run(): Promise<void> {
    const { clock, onProblem } = this.#options;
    const { signal } = this.#stop;
    // Before everything was listed, what the folder holds from the last time stays.
    await Promise.race([this.#informer.synced, aborted(signal)]);
    this.#isDue = true;
    for (let lookedMs = 0; !signal.aborted; await clock.sleep(settleMs, signal)) {
      try {
        const isLook = clock.nowMs() - lookedMs >= lookEveryMs;
        if (this.#isDue) await this.#reconcile();
        else if (!isLook) continue;
        lookedMs = clock.nowMs();
        for (const [key, record] of this.#records) await this.#tell(key, record);
      } catch (error) {
        onProblem(error, saccadeRule.plural);
        await clock.sleep(lookEveryMs, signal);
      }
    }
  }

  async #reconcile(): Promise<void> {
    const { folder, baseFiles, compile } = this.#options;
    this.#isDue = false;
    const records = [...this.#records.values()].toSorted((a, b) =>
      ruleFileName(a) < ruleFileName(b) ? -1 : 1,
    );
    const files = records.map((record) => toRuleFile(record, folder.pathOf(ruleFileName(record))));
    this.#verdicts = acceptRules(await baseFiles(), files, compile);
    await folder.replace([...this.#verdicts.values()].flatMap((one) => (one.accepted ? [one.file] : [])));
    if (this.#informer.status().synced) this.#settled.resolve();
  }

  async #tell(key: string, record: SaccadeRuleRecord): Promise<void> {
    const { api, folder, clock, firing } = this.#options;
    const verdict = this.#verdicts.get(folder.pathOf(ruleFileName(record)));
    if (!verdict || firing === undefined) return;
    const before = this.#told.get(key);
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
    await api.send('PATCH', path, { status }, this.#stop.signal);
    this.#told.set(key, status);
  }
}

const maxRules = 50;
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

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
