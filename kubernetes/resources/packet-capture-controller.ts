import type { KubernetesClient, KubernetesObject } from '../api.ts';
import { KubernetesApiError } from '../api-error.ts';
import { Informer, type InformerClock, type InformerStatus } from '../informers/informer.ts';
import type { Change } from '../informers/store.ts';
import { resourcePath } from './custom-resources.ts';
import {
  packetCapture,
  type PacketCaptureSpec,
  packetCaptureSpecSchema,
  type PacketCaptureStatus,
  packetCaptureStatusSchema,
} from './packet-capture.ts';
import { type CaptureOutcome, statusOf, toSeconds, waitingStatus } from './packet-capture-status.ts';

export interface CaptureOrder extends PacketCaptureSpec {
  readonly id: string;
  readonly namespace: string;
  readonly requested_by: string;
}

/** Captures as the rest of Saccade makes and keeps them. */
export interface CaptureHost {
  /** undefined: asked for; else what is missing for now. An order of an id that is known changes nothing. */
  order(order: CaptureOrder): Promise<string | undefined>;
  outcome(id: string): CaptureOutcome | undefined;
  /** Ids that begin so, whose files are there. */
  withFile(prefix: string): readonly string[];
  removeFile(id: string): Promise<void>;
}

export interface PacketCaptureControllerOptions {
  readonly api: KubernetesClient;
  readonly host: CaptureHost;
  readonly clock: InformerClock;
  readonly random: () => number;
  readonly onProblem: (error: unknown, resource: string) => void;
}

interface CaptureRecord {
  readonly namespace: string;
  readonly name: string;
  readonly id: string;
  readonly createdMs: number;
  readonly spec: PacketCaptureSpec;
  readonly told: PacketCaptureStatus | undefined;
}

const maxObjects = 1_000;
const lookEveryMs = 1_000;
/** Who has not talked by then will not. */
const patienceMs = 300_000;
export const captureIdPrefix = 'packetcapture-';

/**
 * Makes PacketCaptures captures, and tells in their status what became of them. It compares what is with what is wanted:
 * an order is asked for once by its id, and a file whose object is gone goes, also if that happened while nobody looked.
 */
export class PacketCaptureController {
  readonly #options: PacketCaptureControllerOptions;
  readonly #informer: Informer<CaptureRecord>;
  readonly #records = new Map<string, CaptureRecord>();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: PacketCaptureControllerOptions) {
    this.#options = options;
    this.#informer = new Informer({
      ...options,
      resource: packetCapture.plural,
      path: resourcePath(packetCapture),
      keep: keepCapture,
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

  status(): InformerStatus {
    return this.#informer.status();
  }

  #changed(change: Change<CaptureRecord>): void {
    if (change.type === 'delete') this.#records.delete(change.key);
    else this.#records.set(change.key, change.object);
  }

  async #run(): Promise<void> {
    const { clock, onProblem } = this.#options;
    const { signal } = this.#stop;
    for (; !signal.aborted; await clock.sleep(lookEveryMs, signal)) {
      if (!this.#informer.status().synced) continue;
      try {
        for (const record of [...this.#records.values()]) await this.#reconcile(record);
        await this.#removeOrphans();
      } catch (error) {
        if (!signal.aborted) onProblem(error, packetCapture.plural);
      }
    }
  }

  async #reconcile(record: CaptureRecord): Promise<void> {
    const { told } = record;
    const isOver = told?.phase === 'Completed' || told?.phase === 'Failed';
    if (!isOver) await this.#tell(record, await this.#progress(record));
    else if (told.expires_at !== '' && Date.parse(told.expires_at) <= this.#options.clock.nowMs())
      await this.#delete(record);
  }

  async #progress(record: CaptureRecord): Promise<PacketCaptureStatus> {
    const { host, clock } = this.#options;
    const { id, namespace, name, spec, createdMs } = record;
    const outcome = host.outcome(id);
    if (outcome !== undefined) return statusOf(id, spec, outcome);
    const requestedBy = `PacketCapture ${namespace}/${name}`;
    const missing = await host.order({ ...spec, id, namespace, requested_by: requestedBy });
    const message = missing ?? 'asked for';
    if (missing === undefined || clock.nowMs() - createdMs < patienceMs)
      return waitingStatus('Pending', message, id);
    const failed = waitingStatus('Failed', message, id);
    return { ...failed, expires_at: toSeconds(clock.nowMs() + spec.ttl_seconds * 1_000) };
  }

  async #tell(record: CaptureRecord, status: PacketCaptureStatus): Promise<void> {
    if (record.told !== undefined && isSame(record.told, status)) return;
    const path = `${resourcePath(packetCapture, record.namespace, record.name)}/status`;
    await this.#unlessGone(this.#options.api.send('PATCH', path, { status }, this.#stop.signal));
    // It comes back as a change, too; until then it is not told again.
    const key = [...this.#records].find(([, one]) => one === record)?.[0];
    if (key !== undefined) this.#records.set(key, { ...record, told: status });
  }

  async #delete({ namespace, name }: CaptureRecord): Promise<void> {
    const path = resourcePath(packetCapture, namespace, name);
    await this.#unlessGone(this.#options.api.send('DELETE', path, undefined, this.#stop.signal));
  }

  async #unlessGone(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!(error instanceof KubernetesApiError) || error.code !== 'not_found') throw error;
    }
  }

  async #removeOrphans(): Promise<void> {
    const { host } = this.#options;
    // An object that is not kept for lack of room is not gone.
    if (this.#informer.status().leftOut > 0) return;
    const wanted = new Set([...this.#records.values()].map(({ id }) => id));
    for (const id of host.withFile(captureIdPrefix)) if (!wanted.has(id)) await host.removeFile(id);
  }
}

function keepCapture({ metadata, ...rest }: KubernetesObject): CaptureRecord {
  const { namespace = '', name, uid, creationTimestamp } = metadata;
  const told = packetCaptureStatusSchema.safeParse(rest['status']);
  return {
    namespace,
    name,
    id: `${captureIdPrefix}${uid}`,
    createdMs: Date.parse(creationTimestamp ?? '') || 0,
    spec: packetCaptureSpecSchema.parse(rest['spec']),
    told: told.success ? told.data : undefined,
  };
}

/** The API server gives keys back in another order. */
function isSame(a: PacketCaptureStatus, b: PacketCaptureStatus): boolean {
  return (
    JSON.stringify(Object.entries(a).toSorted(byKey)) === JSON.stringify(Object.entries(b).toSorted(byKey))
  );
}
const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
