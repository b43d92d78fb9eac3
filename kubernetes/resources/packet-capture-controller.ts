import type { KubernetesObject } from '../api.ts';
import { KubernetesApiError } from '../api-error.ts';
import type { InformerStatus } from '../informers/informer.ts';
import { resourcePath } from './custom-resources.ts';
import { type ControllerOptions, ObjectWatch } from './object-watch.ts';
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

export interface PacketCaptureControllerOptions extends ControllerOptions {
  readonly host: CaptureHost;
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
  readonly #objects: ObjectWatch<CaptureRecord>;

  constructor(options: PacketCaptureControllerOptions) {
    this.#options = options;
    this.#objects = new ObjectWatch({
      ...options,
      resource: packetCapture,
      maxObjects,
      lookEveryMs,
      keep: keepCapture,
      reconcile: async () => {
        await this.#objects.forEach((record, key) => this.#reconcile(record, key));
        await this.#removeOrphans();
      },
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

  async #reconcile(record: CaptureRecord, key: string): Promise<void> {
    const { told } = record;
    const isOver = told?.phase === 'Completed' || told?.phase === 'Failed';
    if (!isOver) await this.#tell(record, key, await this.#progress(record));
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

  async #tell(record: CaptureRecord, key: string, status: PacketCaptureStatus): Promise<void> {
    if (record.told !== undefined && isSame(record.told, status)) return;
    const path = `${resourcePath(packetCapture, record.namespace, record.name)}/status`;
    await this.#unlessGone(this.#options.api.send('PATCH', path, { status }, this.#objects.signal));
    // It comes back as a change, too; until then it is not told again.
    this.#objects.replace(key, record, { ...record, told: status });
  }

  async #delete({ namespace, name }: CaptureRecord): Promise<void> {
    const path = resourcePath(packetCapture, namespace, name);
    await this.#unlessGone(this.#options.api.send('DELETE', path, undefined, this.#objects.signal));
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
    if (this.#objects.status().leftOut > 0) return;
    const wanted = new Set(this.#objects.records().map(({ id }) => id));
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
