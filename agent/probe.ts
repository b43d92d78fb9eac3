import type { Evidence, Peer, Role, SocketEvidence, Subject } from '../stream/events/observation.ts';
import type { SocketOwner } from './names/port.ts';
import type { AgentClock } from './clock.ts';
import type { AgentLogger } from './logger.ts';

/** What a probe found out about one key: deltas since it told that key last. Not yet named. */
export interface ProbeRow {
  readonly signal: string;
  /** Whose socket it is; who asks for names. */
  readonly owner: SocketOwner;
  /** Who is observed, where that is not the owner by its names (an active probe observes for the node). */
  readonly subject?: Omit<Subject, 'cluster' | 'node'>;
  readonly role: Role;
  /** The server's port. */
  readonly servicePort: number;
  /** Start of the time that it covers (wall time), where that is before the window at whose end it is told. */
  readonly sinceMs?: number;
  /** Without v4-mapped prefix. */
  readonly peerIp: string;
  /** The other end by the name that the probe itself knows; else it is named by its address. */
  readonly peer?: Peer;
  /** See `target` of an observation. */
  readonly target?: string;
  /** By the signal catalogue; sums are deltas, max fields are levels. */
  readonly fields: Readonly<Record<string, number>>;
  readonly sockets: readonly SocketEvidence[];
  /** Beside the sockets. */
  readonly evidence?: Omit<Evidence, 'sockets'>;
}

/**
 * A gate tripped: this key is worth a look now. The agent calls `take` at once, later or never, as its limits
 * allow; what is not taken is part of the next `collect`, so a refused candidate loses no count.
 */
export interface ProbeCandidate {
  /** Stable within the probe: limits are kept by it. */
  readonly key: string;
  /** The key's deltas with the evidence gathered so far; undefined: nothing new. */
  take(): ProbeRow | undefined;
}

export interface ProbeContext {
  readonly clock: AgentClock;
  readonly logger: AgentLogger;
  onCandidate(candidate: ProbeCandidate): void;
}

/** Attached, or not and what to do. `notes` say what works less well than it could. */
export type ProbeStart =
  | {
      readonly attached: true;
      readonly notes: readonly string[];
      /** Where its figures come from, if not from the kernel. */
      readonly how?: string;
    }
  | {
      readonly attached: false;
      readonly reason: string;
      readonly remedy: string;
      /** true: there is nothing to observe here, which is no fault. */
      readonly idle?: boolean;
    };

/** Counts of what was lost or refused, for `agent.health` and its metrics; cumulative unless a level. */
export interface ProbeHealth {
  readonly counters: Readonly<Record<string, number>>;
  /** Map name → share in use, 0 to 1. */
  readonly mapFullness: Readonly<Record<string, number>>;
}

/** One way to observe. A probe that cannot start says so by its result; it never stops the others. */
export interface Probe {
  readonly name: string;
  /** Ids of the signals that it gives. */
  readonly signals: readonly string[];
  /** It does something itself, such as asking servers, and can be started again: it stops while nothing of it is told. */
  readonly isActive?: boolean;
  /** Bounded in time. Must leave nothing behind when it returns `attached: false` or throws. */
  start(context: ProbeContext): Promise<ProbeStart>;
  /** Deltas of all keys that had traffic or are in trouble since the last call. Called at the end of each window. */
  collect(): readonly ProbeRow[];
  health(): ProbeHealth;
  /** Idempotent, bounded in time. */
  stop(): Promise<void>;
}
