import type { Change } from '../informers/store.ts';
import { AddressIntervals } from './address-intervals.ts';
import { createCidrSet } from './cidr-set.ts';
import type { NodeRecord } from './node-record.ts';
import type { AddressOwner, PeerDirectory, ServiceOwner } from './peer-directory.ts';
import type { PodRecord } from './pod-record.ts';
import { createServiceBackends, type ServiceBackends } from './service-backends.ts';
import type { ServiceRecord } from './service-record.ts';
import type { SliceRecord } from './slice-record.ts';

/** Who had an address; a service is looked up anew, since what stands behind it changes. */
type Holder = Exclude<AddressOwner, ServiceOwner> | { readonly kind: 'service'; readonly key: string };

const keepEndedMs = 15 * 60_000;
const maxEnded = 200_000;

interface Addressed {
  readonly uid: string;
  readonly ips: readonly string[];
}

/** What the informers know, as answers to "who had this address then". */
export class ClusterDirectory implements PeerDirectory {
  readonly #intervals = new AddressIntervals<Holder>({ keepMs: keepEndedMs, maxEnded });
  readonly #services = new Map<string, ServiceRecord>();
  readonly #backends: ServiceBackends = createServiceBackends();
  readonly #cidrs = createCidrSet();

  podChanged(change: Change<PodRecord>): void {
    this.#backends.podChanged(change);
    this.#addressesChanged(change, ({ namespace, workload, node, startMs }) => ({
      holder: { kind: 'workload', namespace, workload, node },
      fromMs: startMs,
    }));
  }

  serviceChanged(change: Change<ServiceRecord>): void {
    if (change.type === 'delete') this.#services.delete(change.key);
    else this.#services.set(change.key, change.object);
    this.#addressesChanged(change, ({ createdMs }) => ({
      holder: { kind: 'service', key: change.key },
      fromMs: createdMs,
    }));
  }

  sliceChanged(change: Change<SliceRecord>): void {
    this.#backends.sliceChanged(change);
  }

  nodeChanged(change: Change<NodeRecord>): void {
    this.#cidrs.set(`node ${change.key}`, change.type === 'delete' ? [] : change.object.podCidrs);
    this.#addressesChanged(change, ({ name, createdMs }) => ({
      holder: { kind: 'node', name },
      fromMs: createdMs,
    }));
  }

  serviceCidrChanged(change: Change<readonly string[]>): void {
    this.#cidrs.set(`service ${change.key}`, change.type === 'delete' ? [] : change.object);
  }

  ownerOf(ip: string, servicePort: number | undefined, atMs: number): AddressOwner | undefined {
    const owners = this.#intervals.at(ip, atMs).flatMap((holder) => this.#resolve(holder, servicePort));
    // One address may stand for several services, by port, and be a node's besides.
    const exact = owners.find((owner) => owner.kind === 'service' && this.#hasPort(owner, servicePort));
    return exact ?? owners.find(({ kind }) => kind !== 'service') ?? owners[0];
  }

  serviceNamed(namespace: string, name: string, servicePort: number): ServiceOwner | undefined {
    return this.#service(`${namespace}/${name}`, servicePort);
  }

  isInside(ip: string): boolean {
    return this.#cidrs.has(ip);
  }

  stats(): Readonly<Record<string, number>> {
    const { addresses, ended, dropped } = this.#intervals.stats();
    return { addresses, ended_addresses: ended, dropped_addresses: dropped, services: this.#services.size };
  }

  #resolve(holder: Holder, servicePort: number | undefined): readonly AddressOwner[] {
    if (holder.kind !== 'service') return [holder];
    const service = this.#service(holder.key, servicePort);
    if (service) return [service];
    const [namespace = '', name = ''] = holder.key.split('/');
    return [
      { kind: 'service', namespace, name, workload: undefined, targetPort: undefined, nodes: undefined },
    ];
  }

  #service(key: string, servicePort: number | undefined): ServiceOwner | undefined {
    const record = this.#services.get(key);
    if (!record) return undefined;
    const port = record.ports.find((one) => one.port === servicePort);
    const { workload, targetPort, nodes } = this.#backends.behind(key, port?.name);
    const { namespace, name } = record;
    return { kind: 'service', namespace, name, workload, targetPort, nodes };
  }

  #hasPort({ namespace, name }: ServiceOwner, servicePort: number | undefined): boolean {
    const record = this.#services.get(`${namespace}/${name}`);
    return record?.ports.some(({ port }) => port === servicePort) ?? false;
  }

  #addressesChanged<T extends Addressed>(
    change: Change<T>,
    holderOf: (record: T) => { readonly holder: Holder; readonly fromMs: number },
  ): void {
    const previous = change.type === 'add' ? undefined : change.previous;
    const current = change.type === 'delete' ? undefined : change.object;
    for (const ip of previous?.ips ?? [])
      if (!current?.ips.includes(ip)) this.#intervals.end(ip, previous?.uid ?? '', change.atMs);
    if (!current) return;
    const { holder, fromMs } = holderOf(current);
    for (const ip of current.ips) {
      if (previous?.ips.includes(ip)) continue;
      // An address that came later than its owner is counted from when it came.
      const sinceMs = previous !== undefined && previous.ips.length > 0 ? change.atMs : fromMs;
      this.#intervals.begin(ip, current.uid, holder, sinceMs);
    }
  }
}
