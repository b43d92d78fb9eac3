import type { DnsFeed } from '../dns/dns-feed.ts';
import type { DnsEvent } from '../dns/dns-event.ts';
import type { ProbeHealth, ProbeStart } from '../probe.ts';
import { type DnsAnswer, parseDnsMessage } from './dns-message.ts';

export interface DnsReaderOptions {
  readonly feed: DnsFeed;
  /** What a client (network namespace cookie) was told. */
  onAnswer(client: bigint, answer: DnsAnswer): void;
}

const mdnsPort = 5353;

/**
 * Names of addresses from the DNS responses that clients on this machine get, in any network namespace. Without it,
 * peers are named by hosts files and addresses only; so like a probe it reports that it cannot start instead of
 * throwing.
 */
export class DnsReader {
  readonly #options: DnsReaderOptions;
  readonly #onEvent = (event: DnsEvent): void => this.#read(event);
  #answers = 0;
  #malformed = 0;
  #unknownClient = 0;

  constructor(options: DnsReaderOptions) {
    this.#options = options;
  }

  async start(): Promise<ProbeStart> {
    const start = this.#options.feed.listen(this.#onEvent);
    if (start.attached) return { attached: true, notes: [] };
    return {
      ...start,
      reason: `peers outside this machine are named by hosts files and addresses only: ${start.reason}`,
    };
  }

  /** Idempotent. */
  stop(): Promise<void> {
    return this.#options.feed.leave(this.#onEvent);
  }

  health(): ProbeHealth {
    const counters = {
      ...this.#options.feed.counters(),
      answers: this.#answers,
      answers_malformed: this.#malformed,
      unknown_client: this.#unknownClient,
    };
    return { counters, mapFullness: {} };
  }

  #read({ kind, owner, head, serverPort }: DnsEvent): void {
    if (kind !== 'response') return;
    if (owner.netnsCookie === 0n) {
      this.#unknownClient++;
      return;
    }
    const message = parseDnsMessage(head, { multicast: serverPort === mdnsPort });
    if (message.kind === 'malformed') this.#malformed++;
    if (message.kind !== 'answers') return;
    for (const answer of message.answers) {
      this.#answers++;
      this.#options.onAnswer(owner.netnsCookie, answer);
    }
  }
}

export function createDnsReader(options: DnsReaderOptions): DnsReader {
  return new DnsReader(options);
}
