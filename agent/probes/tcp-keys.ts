import type { SocketEvidence } from '../../stream/events/observation.ts';
import type { ProbeRow } from '../probe.ts';
import { ipText } from './ip-text.ts';
import { TcpDeltas } from './tcp-deltas.ts';
import type { TcpCounters, TcpPeerKey } from './tcp-layout.ts';

const maxSocketsAsEvidence = 16;

/** What is remembered of one key between two readings. */
export class TcpKeyRecord {
  readonly key: TcpPeerKey;
  readonly deltas = new TcpDeltas();
  /** The reading that saw it last, to forget keys that the kernel evicted. */
  generation = 0;
  readonly #sockets = new Map<bigint, SocketEvidence>();
  /** Value bytes at the last reading of a key that nobody waits for: equal bytes need no decoding. */
  #quietValue: Uint8Array | undefined;

  constructor(key: TcpPeerKey) {
    this.key = key;
  }

  /** Keeps the latest state of each socket; the first sixteen are enough for a person. */
  addEvidence(cookie: bigint, socket: SocketEvidence): void {
    if (this.#sockets.has(cookie) || this.#sockets.size < maxSocketsAsEvidence)
      this.#sockets.set(cookie, socket);
  }

  takeEvidence(): ReadonlyMap<bigint, SocketEvidence> {
    const taken = new Map(this.#sockets);
    this.#sockets.clear();
    return taken;
  }

  /** Most keys of most windows: nothing moved and no socket is stalled. */
  isQuiet(value: Uint8Array): boolean {
    return this.#quietValue !== undefined && Buffer.compare(this.#quietValue, value) === 0;
  }

  endWindow(now: TcpCounters, value: Uint8Array): void {
    this.deltas.endWindow(now);
    this.#quietValue = now.stalls_begun > now.stalls_ended ? undefined : Uint8Array.from(value);
  }

  row(now: TcpCounters, sockets: readonly SocketEvidence[]): ProbeRow | undefined {
    const fields = this.deltas.peek(now);
    if (fields === undefined) return undefined;
    return {
      signal: 'tcp.retransmits',
      owner: {
        netnsCookie: this.key.netns_cookie,
        netnsInode: now.netns_inode,
        cgroupId: this.key.cgroup_id,
      },
      role: this.key.role === 1 ? 'server' : 'client',
      servicePort: this.key.service_port,
      peerIp: ipText(this.key.peer, this.key.ip_version),
      fields,
      sockets,
    };
  }
}
