import type { Silence } from '../../stream/events/control.ts';
import type { KubernetesObject } from '../api.ts';
import type { InformerStatus } from '../informers/informer.ts';
import { type AcceptanceStatus, acceptanceStatus } from './acceptance-status.ts';
import {
  resourcePath,
  silence,
  type SilenceSpec,
  silenceSpecSchema,
  silenceStatusSchema,
} from './custom-resources.ts';
import { type ControllerOptions, ObjectWatch } from './object-watch.ts';

/** Silences as the notifiers have them. */
export interface SilenceStore {
  /** Those that hold or have ended lately. */
  current(): readonly (Silence & { readonly expired_by: string | null })[];
  /** A silence of an id that is known already changes nothing. */
  add(silence: Silence): Promise<void>;
  expire(id: string, by: string): Promise<void>;
}

export interface SilenceControllerOptions extends ControllerOptions {
  readonly store: SilenceStore;
}

/** What is kept of a Silence of the cluster. */
interface SilenceRecord {
  readonly namespace: string;
  readonly name: string;
  readonly generation: number;
  readonly wanted: Silence;
  /** Why it cannot be taken. */
  readonly fault: string | undefined;
  readonly told: AcceptanceStatus | undefined;
}

const maxObjects = 1_000;
const lookEveryMs = 2_000;
/** Told apart by it from what people set in messages and console. */
const idSuffix = '-kubernetes';

/**
 * Makes silences of the cluster silences of the notifiers, and ends those whose object is gone. It compares what is with
 * what is wanted, so what was missed while it did not run is made good.
 */
export class SilenceController {
  readonly #options: SilenceControllerOptions;
  readonly #objects: ObjectWatch<SilenceRecord>;

  constructor(options: SilenceControllerOptions) {
    this.#options = options;
    this.#objects = new ObjectWatch({
      ...options,
      resource: silence,
      maxObjects,
      lookEveryMs,
      keep: keepSilence,
      reconcile: () => this.#reconcile(),
    });
  }

  start(): void {
    this.#objects.start();
  }

  stop(): Promise<void> {
    return this.#objects.stop();
  }

  status(): InformerStatus {
    return this.#objects.status();
  }

  async #reconcile(): Promise<void> {
    const { store, clock } = this.#options;
    const current = new Map(store.current().map((one) => [one.id, one]));
    const wanted = new Set(this.#objects.records().map(({ wanted: { id } }) => id));
    for (const { id, expired_by } of current.values())
      if (id.endsWith(idSuffix) && !wanted.has(id) && expired_by === null)
        await store.expire(id, 'the object is gone');
    await this.#objects.forEach(async (record) => {
      const known = current.get(record.wanted.id);
      const isOver = Date.parse(record.wanted.ends_at) <= clock.nowMs();
      if (!isOver && known === undefined && record.fault === undefined) await store.add(record.wanted);
      const isEnded = isOver || (known !== undefined && known.expired_by !== null);
      await this.#tell(record, isEnded ? 'Ended' : 'Active', known?.expired_by ?? undefined);
    });
  }

  async #tell(
    record: SilenceRecord,
    holding: 'Active' | 'Ended',
    endedBy: string | undefined,
  ): Promise<void> {
    const { namespace, name, generation, told, fault } = record;
    const state = fault === undefined ? holding : 'Refused';
    const by = endedBy === undefined ? '' : ` by ${endedBy}`;
    if (told?.state === state && told.conditions[0]?.observedGeneration === generation) return;
    const message =
      fault ?? (state === 'Ended' ? `it has ended${by}` : `holds until ${record.wanted.ends_at}`);
    const nowMs = this.#options.clock.nowMs();
    const status = acceptanceStatus(
      { accepted: fault === undefined, state, message, generation, nowMs },
      told,
    );
    const path = `${resourcePath(silence, namespace, name)}/status`;
    // The change comes back as an update of the object, with `told` in it.
    await this.#options.api.send('PATCH', path, { status }, this.#objects.signal);
  }
}

function keepSilence({ metadata, ...rest }: KubernetesObject): SilenceRecord {
  const { namespace = '', name, uid, generation = 0, creationTimestamp } = metadata;
  const spec = silenceSpecSchema.parse(rest['spec']);
  const own = { name: 'namespace', op: '=', value: namespace } as const;
  const told = silenceStatusSchema.safeParse(rest['status']);
  return {
    namespace,
    name,
    generation,
    fault: faultOf(spec),
    told: told.success ? told.data : undefined,
    wanted: {
      // Another one with each change: what was said once of a silence holds.
      id: `${uid}-${generation}${idSuffix}`,
      matchers: [own, ...spec.matchers],
      starts_at: new Date(creationTimestamp ?? 0).toISOString(),
      ends_at: spec.ends_at,
      created_by: `Silence ${namespace}/${name}`,
      comment: spec.comment,
    },
  };
}

function faultOf({ matchers }: SilenceSpec): string | undefined {
  for (const { name, op, value } of matchers)
    if (op === '=~' || op === '!~')
      try {
        new RegExp(value, 'u');
      } catch (error) {
        return `matcher ${name}: ${(error as Error).message}`;
      }
  return undefined;
}
