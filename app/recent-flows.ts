import { LRUCache } from 'lru-cache';
import type { CaptureSelector } from '../stream/events/capture.ts';
import type { ObservationBatch } from '../stream/events/observation.ts';

export interface FlowScope {
  readonly namespace?: string | undefined;
  readonly pod?: string | undefined;
  /** Only in these. */
  readonly namespaces?: readonly string[] | undefined;
}

export interface FlowQuery extends FlowScope {
  /** `netns/checkout`, or only `checkout`; undefined: any. */
  readonly workload?: string | undefined;
  /** The peer's name or address. */
  readonly peer: string;
  readonly service_port?: number | undefined;
}

/** Finds who talked to whom lately, wherever that is known. */
export interface FlowFinder {
  /** The flow seen last that fits, with all addresses that its peer had; undefined: none. */
  find(query: FlowQuery): CaptureSelector | undefined | Promise<CaptureSelector | undefined>;
  /** Some of those that could have been meant, newest first. */
  known(limit: number, scope?: FlowScope): readonly string[];
}

/** Who talked to whom lately, so that a person can ask for a capture by names. At most `maxFlows`. */
export class RecentFlows implements FlowFinder {
  readonly #flows: LRUCache<string, CaptureSelector>;

  constructor(maxFlows: number) {
    this.#flows = new LRUCache({ max: maxFlows });
  }

  note(batch: ObservationBatch): void {
    const { subject } = batch;
    for (const { peer, role, service_port } of batch.rows) {
      const key = JSON.stringify([
        subject.namespace,
        subject.workload,
        subject.pod,
        peer.name,
        peer.ip,
        role,
        service_port,
      ]);
      this.#flows.set(key, { subject, peer, peer_ips: [peer.ip], role, service_port });
    }
  }

  /** The flow seen last that fits, with all addresses that its peer had; undefined: none. */
  find(query: FlowQuery): CaptureSelector | undefined {
    const fitting = [...this.#flows.values()].filter((flow) => fits(flow, query));
    const newest = fitting[0];
    if (newest === undefined) return undefined;
    const same = fitting.filter(
      ({ subject, role, service_port }) =>
        subject.netns_cookie === newest.subject.netns_cookie &&
        role === newest.role &&
        service_port === newest.service_port,
    );
    return { ...newest, peer_ips: [...new Set(same.map(({ peer }) => peer.ip))].slice(0, 32) };
  }

  /** `netns/checkout → payments:8080`, newest first. */
  known(limit: number, scope: FlowScope = {}): readonly string[] {
    const names = [...this.#flows.values()]
      .filter((flow) => isWithin(flow, scope))
      .map(({ subject, peer, service_port }) => `${subject.workload} → ${peer.name}:${service_port}`);
    return [...new Set(names)].slice(0, limit);
  }
}

function isWithin(
  { subject }: Pick<CaptureSelector, 'subject'>,
  { namespace, namespaces, pod }: FlowScope,
): boolean {
  return (
    (pod === undefined || subject.pod === pod) &&
    (namespace === undefined || subject.namespace === namespace) &&
    (namespaces === undefined || namespaces.includes(subject.namespace))
  );
}

function fits({ subject, peer, service_port }: CaptureSelector, query: FlowQuery): boolean {
  const short = subject.workload.slice(subject.workload.indexOf('/') + 1);
  return (
    isWithin({ subject }, query) &&
    (query.workload === undefined || subject.workload === query.workload || short === query.workload) &&
    (peer.name === query.peer || peer.ip === query.peer || peer.name.endsWith(`/${query.peer}`)) &&
    (query.service_port === undefined || service_port === query.service_port)
  );
}
