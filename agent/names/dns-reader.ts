import { closeSync, openSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { bpfObjectPath, type KernelSupport } from '../bpf/kernel.ts';
import { explainStartFailure } from '../explain-start-failure.ts';
import { createRingBufferReader, openBpfObject } from '../bpf/libbpf.ts';
import type { BpfObject, RingBufferReader } from '../bpf/port.ts';
import type { ProbeHealth, ProbeStart } from '../probe.ts';
import { type DnsAnswer, parseDnsMessage } from './dns-message.ts';
import { decodeDnsResponse, dnsResponseLayout } from './dns-response.ts';

export interface DnsReaderOptions {
  readonly bpfDirectory: string;
  readonly kernel: KernelSupport;
  /** What a client (network namespace cookie) was told. */
  onAnswer(client: bigint, answer: DnsAnswer): void;
  /** A second and CPU. */
  readonly maxResponses?: number;
}

const mdnsPort = 5353;
/** Places of `enum dns_counter` in bpf/dns.h. */
const kernelCounters = ['responses', 'over_limit', 'lost', 'unreadable'] as const;

interface Attached {
  readonly object: BpfObject;
  readonly ring: RingBufferReader;
}

/**
 * Reads the DNS responses that clients on this machine get over UDP, in any network namespace. Without it, peers are
 * named by hosts files and addresses only; so like a probe it reports that it cannot start instead of throwing.
 */
export class DnsReader {
  readonly #options: DnsReaderOptions;
  #attached: Attached | undefined;
  #answers = 0;
  #malformed = 0;
  #unknownClient = 0;

  constructor(options: DnsReaderOptions) {
    this.#options = options;
  }

  async start(): Promise<ProbeStart> {
    if (this.#attached !== undefined) return { attached: true, notes: [] };
    try {
      this.#attached = this.#attach();
      return { attached: true, notes: [] };
    } catch (error) {
      const { reason, remedy } = explainStartFailure(error);
      return {
        attached: false,
        reason: `peers outside this machine are named by hosts files and addresses only: ${reason}`,
        remedy,
      };
    }
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    const attached = this.#attached;
    this.#attached = undefined;
    await attached?.ring.stop();
    attached?.object.close();
  }

  health(): ProbeHealth {
    const kernel = this.#attached === undefined ? {} : readKernelCounters(this.#attached.object);
    return {
      counters: {
        ...kernel,
        answers: this.#answers,
        malformed: this.#malformed,
        unknown_client: this.#unknownClient,
      },
      mapFullness: {},
    };
  }

  #attach(): Attached {
    const { kernel, bpfDirectory, maxResponses } = this.#options;
    if (!kernel.usable || kernel.architecture === undefined || kernel.cgroup2Path === undefined)
      throw new Error(kernel.problems.map(({ reason }) => reason).join('; '));
    const object = openBpfObject(bpfObjectPath(bpfDirectory, kernel.architecture, 'dns'), {
      ...(maxResponses !== undefined && { constants: { dns_responses_per_second: maxResponses } }),
    });
    try {
      requireLayout(object);
      const ring = createRingBufferReader(object.map('responses'));
      ring.start((event) => this.#read(event));
      attachToCgroup(object, kernel.cgroup2Path);
      return { object, ring };
    } catch (error) {
      object.close();
      throw error;
    }
  }

  #read(event: Uint8Array): void {
    const response = decodeDnsResponse(event);
    if (response === undefined) {
      this.#malformed++;
      return;
    }
    if (response.netnsCookie === 0n) {
      this.#unknownClient++;
      return;
    }
    const message = parseDnsMessage(response.head, { multicast: response.serverPort === mdnsPort });
    if (message.kind === 'malformed') this.#malformed++;
    if (message.kind !== 'answers') return;
    for (const answer of message.answers) {
      this.#answers++;
      this.#options.onAnswer(response.netnsCookie, answer);
    }
  }
}

export function createDnsReader(options: DnsReaderOptions): DnsReader {
  return new DnsReader(options);
}

function attachToCgroup(object: BpfObject, cgroup2Path: string): void {
  const fd = openSync(cgroup2Path, 'r');
  try {
    object.program('dns_ingress').attachCgroup(fd);
  } finally {
    closeSync(fd);
  }
}

function requireLayout(object: BpfObject): void {
  const { size, members } = object.structLayout('dns_response');
  const found = { size, members: Object.fromEntries(members) };
  if (!isDeepStrictEqual(found, dnsResponseLayout))
    throw new Error(`dns_response is laid out as ${JSON.stringify(found)}: the object is of another version`);
}

function readKernelCounters(object: BpfObject): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const [key, values] of object.map('counters').entries()) {
    const name = kernelCounters[new DataView(key.buffer, key.byteOffset).getUint32(0, true)];
    if (name !== undefined) totals[name] = sumOverCpus(values);
  }
  return totals;
}

function sumOverCpus(values: Uint8Array): number {
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  let sum = 0;
  for (let at = 0; at + 8 <= view.byteLength; at += 8) sum += Number(view.getBigUint64(at, true));
  return sum;
}
