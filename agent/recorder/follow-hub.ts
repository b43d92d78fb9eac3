import type { CaptureSelector } from '../../stream/events/capture.ts';
import { netnsCookieOf, peerAddresses } from './flow-matcher.ts';
import type { FollowFilter, PacketSource } from './packet-source.ts';

/** Shares the kernel's filters among captures: two alerts may follow the same flow for different times. */
export interface FollowHub {
  /**
   * Follows what the selector names until `leave`, or by itself until `untilKtimeNs`. `live` is false where the kernel
   * cannot follow it (network namespace unknown, no room for filters): then the rings alone remain.
   */
  join(request: FollowRequest): { readonly live: boolean; leave(): void };
}

export interface FollowRequest {
  readonly selector: CaptureSelector;
  readonly untilKtimeNs: bigint;
  readonly snaplen: number;
  /** Gets packets of all captures; takes its own. */
  readonly onSlot: (slot: Uint8Array) => void;
}

interface SharedFilter {
  readonly filter: FollowFilter;
  readonly users: Map<FollowRequest, bigint>;
}

export function createFollowHub(
  source: Pick<PacketSource, 'onFollowed' | 'follow' | 'unfollow'>,
  onRefused: (error: unknown) => void,
): FollowHub {
  const requests = new Set<FollowRequest>();
  const shared = new Map<string, SharedFilter>();
  source.onFollowed((slot) => {
    for (const request of requests) request.onSlot(slot);
  });

  function apply({ filter, users }: SharedFilter): void {
    const untilKtimeNs = [...users.values()].reduce((latest, until) => (until > latest ? until : latest), 0n);
    source.follow(filter, untilKtimeNs, Math.max(...users.keys().map(({ snaplen }) => snaplen)));
  }

  function add(request: FollowRequest, filter: FollowFilter): void {
    const key = filterKey(filter);
    const entry = shared.get(key) ?? { filter, users: new Map<FollowRequest, bigint>() };
    entry.users.set(request, request.untilKtimeNs);
    shared.set(key, entry);
    apply(entry);
  }

  function leave(request: FollowRequest): void {
    requests.delete(request);
    for (const [key, entry] of shared) {
      if (!entry.users.delete(request)) continue;
      if (entry.users.size > 0) apply(entry);
      else {
        shared.delete(key);
        source.unfollow(entry.filter);
      }
    }
  }

  return {
    join(request) {
      const filters = filtersOf(request.selector);
      requests.add(request);
      try {
        for (const filter of filters) add(request, filter);
      } catch (error) {
        leave(request);
        onRefused(error);
        return { live: false, leave: () => undefined };
      }
      return { live: filters.length > 0, leave: () => leave(request) };
    },
  };
}

function filtersOf(selector: CaptureSelector): FollowFilter[] {
  const netnsCookie = netnsCookieOf(selector);
  if (netnsCookie === undefined) return [];
  return peerAddresses(selector).map((peer) => ({
    netnsCookie,
    peer,
    servicePort: selector.service_port,
    role: selector.role,
  }));
}

function filterKey(filter: FollowFilter): string {
  return `${filter.netnsCookie} ${filter.role} ${filter.servicePort} ${Buffer.from(filter.peer).toString('hex')}`;
}
