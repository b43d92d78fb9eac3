import { attachToCgroup } from '../bpf/attach-to-cgroup.ts';
import { BpfError } from '../bpf/errors.ts';
import { bpfObjectPath, type KernelSupport } from '../bpf/kernel.ts';
import { createRingBufferReader, openBpfObject } from '../bpf/libbpf.ts';
import type { BpfObject, OpenOptions, RingBufferReader } from '../bpf/port.ts';
import { sumOverCpus } from '../bpf/sum-over-cpus.ts';
import { systemClock, type AgentClock } from '../clock.ts';
import { explainStartFailure } from '../explain-start-failure.ts';
import type { ProbeStart } from '../probe.ts';
import { refusedByKernel } from '../probes/refused-by-kernel.ts';
import { TcpMessages } from './tcp-messages.ts';
import { createDnsHealthDecoder, decodeDnsEvent, requireDnsEventLayout, type DnsEvent } from './dns-event.ts';

export interface DnsFeedOptions {
  readonly bpfDirectory: string;
  readonly kernel: KernelSupport;
  readonly clock?: Pick<AgentClock, 'after'>;
  /** Knobs of bpf/dns.bpf.c, for tests. */
  readonly constants?: OpenOptions['constants'];
}

/**
 * Called for every event, which is valid only during the call. Over TCP too, `head` begins with the message, and
 * `payload` counts its bytes.
 */
export type DnsListener = (event: DnsEvent) => void;

/** Programs and ring while they are attached. */
interface Attached {
  readonly object: BpfObject;
  readonly ring: RingBufferReader;
  readonly health: () => Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}

/** Longer than the kernel's gap between two wake-ups of one CPU. */
const lookAgainMs = 25;

/**
 * bpf/dns.bpf.c, shared by those who read DNS: names of peers and the signal. Attached while at least one of them
 * listens. A busy resolver would wake the agent thousands of times a second; so the kernel wakes it for the first
 * event of a burst, and the rest is read every 25 ms until the ring stays empty.
 */
export class DnsFeed {
  readonly #options: DnsFeedOptions;
  readonly #clock: Pick<AgentClock, 'after'>;
  readonly #listeners = new Set<DnsListener>();
  readonly #tcp = new TcpMessages();
  readonly #emit: DnsListener = (event) => {
    for (const listener of this.#listeners) listener(event);
  };
  #attached: Attached | undefined;
  #cancelLook: (() => void) | undefined;
  #malformed = 0;

  constructor(options: DnsFeedOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Where it cannot attach, the listener is not kept. Listening twice is listening once. */
  listen(listener: DnsListener): ProbeStart {
    const { kernel } = this.#options;
    if (!kernel.usable) return refusedByKernel(kernel);
    try {
      this.#attached ??= this.#attach();
    } catch (error) {
      return { attached: false, ...explainStartFailure(error) };
    }
    this.#listeners.add(listener);
    return { attached: true, notes: this.#attached.notes };
  }

  /** The last one detaches. Idempotent. */
  async leave(listener: DnsListener): Promise<void> {
    if (!this.#listeners.has(listener)) return;
    const attached = this.#attached;
    if (this.#listeners.size > 1 || attached === undefined) {
      this.#listeners.delete(listener);
      return;
    }
    this.#attached = undefined;
    this.#lookNoMore();
    // What the ring still holds is told while it is stopped.
    await attached.ring.stop();
    this.#lookNoMore();
    this.#listeners.delete(listener);
    attached.object.close();
  }

  #lookNoMore(): void {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
  }

  /** Reads what came since the last look: before somebody needs to know everything up to now. */
  drain(): void {
    this.#attached?.ring.drain();
  }

  /** Cumulative. */
  counters(): Readonly<Record<string, number>> {
    return { ...this.#attached?.health(), ...this.#tcp.counters(), malformed: this.#malformed };
  }

  #attach(): Attached {
    const { kernel, bpfDirectory, constants } = this.#options;
    const { architecture, cgroup2Path } = kernel;
    if (architecture === undefined || cgroup2Path === undefined)
      throw new Error('no eBPF programs for this architecture, or no cgroup2');
    const path = bpfObjectPath(bpfDirectory, architecture, 'dns');
    const { object, notes } = openDnsObject(path, constants === undefined ? {} : { constants });
    try {
      requireDnsEventLayout((name) => object.structLayout(name));
      const decodeHealth = createDnsHealthDecoder((name) => object.structLayout(name));
      const health = (): Readonly<Record<string, number>> => sumOverCpus(object.map('health'), decodeHealth);
      const ring = createRingBufferReader(object.map('events'));
      ring.start((bytes) => this.#tell(bytes));
      attachPrograms(object, cgroup2Path, notes.length === 0);
      return { object, ring, health, notes };
    } catch (error) {
      object.close();
      throw error;
    }
  }

  #tell(bytes: Uint8Array): void {
    const event = decodeDnsEvent(bytes);
    if (event === undefined) this.#malformed++;
    else if (event.tcp) this.#tcp.take(event, this.#emit);
    else this.#emit(event);
    this.#cancelLook ??= this.#clock.after(lookAgainMs, () => {
      this.#cancelLook = undefined;
      this.drain();
    });
  }
}

/** Without the tracepoint of socket errors (before Linux 5.14) a refused query is seen when its client gives up. */
function openDnsObject(path: string, options: OpenOptions): { object: BpfObject; notes: readonly string[] } {
  try {
    return { object: openBpfObject(path, options), notes: [] };
  } catch (error) {
    if (!(error instanceof BpfError) || error.code !== 'load') throw error;
    const notes = ['queries that are refused by ICMP count as unanswered (needs Linux 5.14)'];
    return { object: openBpfObject(path, { ...options, skip: ['dns_socket_error'] }), notes };
  }
}

function attachPrograms(object: BpfObject, cgroup2Path: string, withErrors: boolean): void {
  // Responses first: a query whose response is missed would look unanswered.
  attachToCgroup(object, cgroup2Path, ['dns_ingress', 'dns_release', 'dns_egress']);
  if (withErrors) object.program('dns_socket_error').attach();
}
