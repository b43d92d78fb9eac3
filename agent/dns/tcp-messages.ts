import { LRUCache } from 'lru-cache';
import type { DnsEvent } from './dns-event.ts';

/** Of a message, this much is kept: the same as of one over UDP. */
const maxHeadBytes = 512;
/** Connections whose messages are put together at once, each in two directions. */
const maxStreams = 1_024;
const prefixBytes = 2;

/** One direction of a connection. */
interface Stream {
  /** Sequence number of the next byte. */
  next: number;
  /** Bytes of the message that follow; undefined: its length comes next. */
  left: number | undefined;
  length: number;
  /** Prefix or head, as far as it came. */
  readonly kept: Buffer;
  keptBytes: number;
  told: boolean;
}

/** What is read of a segment, or told of a message. */
export type TcpSegment = Pick<DnsEvent, 'kind' | 'socketCookie' | 'tcpSeq' | 'payload' | 'head'>;

/**
 * Finds the messages in the segments of DNS over TCP (RFC 7766: two bytes of length before each). The kernel tells
 * only the head of a segment, so of a message only its first bytes are kept and what follows is counted off. Where a
 * length is among what is missing, the rest of that direction cannot be read and is given up.
 */
export class TcpMessages {
  readonly #streams: LRUCache<string, Stream>;
  /** Directions that cannot be followed any more. */
  readonly #lost: LRUCache<string, true>;
  #gaps = 0;
  #evicted = 0;

  constructor(limits: { readonly maxStreams?: number } = {}) {
    const max = limits.maxStreams ?? maxStreams;
    this.#lost = new LRUCache({ max });
    this.#streams = new LRUCache({
      max,
      dispose: (_stream, _key, reason) => {
        if (reason === 'evict') this.#evicted++;
      },
    });
  }

  /** Calls `emit` for every message whose head is complete, and for what is no segment. */
  take<Segment extends TcpSegment>(event: Segment, emit: (event: Segment) => void): void {
    if (event.kind === 'query' || event.kind === 'response') {
      this.#takeSegment(event, emit);
      return;
    }
    for (const kind of ['query', 'response']) {
      this.#streams.delete(`${event.socketCookie}/${kind}`);
      this.#lost.delete(`${event.socketCookie}/${kind}`);
    }
    emit(event);
  }

  counters(): Readonly<Record<string, number>> {
    return { tcp_gaps: this.#gaps, tcp_streams_evicted: this.#evicted };
  }

  #takeSegment<Segment extends TcpSegment>(event: Segment, emit: (event: Segment) => void): void {
    const key = `${event.socketCookie}/${event.kind}`;
    if (this.#lost.has(key)) return;
    const stream = this.#streams.get(key) ?? this.#open(key, event.tcpSeq);
    const ahead = (event.tcpSeq - stream.next) | 0;
    const skip = Math.max(0, -ahead);
    // Sent again.
    if (skip >= event.payload) return;
    const whole = this.#skip(event, ahead, stream, emit) && this.#read(event, skip, stream, emit);
    if (!whole) this.#giveUp(key);
  }

  #open(key: string, seq: number): Stream {
    const stream: Stream = {
      next: seq,
      left: undefined,
      length: 0,
      kept: Buffer.alloc(maxHeadBytes),
      keptBytes: 0,
      told: false,
    };
    this.#streams.set(key, stream);
    return stream;
  }

  #giveUp(key: string): void {
    this.#gaps++;
    this.#streams.delete(key);
    this.#lost.set(key, true);
  }

  /** false: the end of a message lies in what the kernel did not tell. */
  #read<Segment extends TcpSegment>(
    event: Segment,
    skip: number,
    stream: Stream,
    emit: (event: Segment) => void,
  ): boolean {
    let at = skip;
    while (at < event.head.length) {
      at += stream.left === undefined ? takePrefix(stream, event.head, at) : takeBody(stream, event.head, at);
      if (stream.left === 0 || stream.keptBytes === maxHeadBytes) tell(event, stream, emit);
      if (stream.left === 0) endMessage(stream);
    }
    return this.#skip(event, event.payload - at, stream, emit);
  }

  /** Counts bytes off that nobody saw; false: a length may be among them. */
  #skip<Segment extends TcpSegment>(
    event: Segment,
    bytes: number,
    stream: Stream,
    emit: (event: Segment) => void,
  ): boolean {
    if (bytes <= 0) return true;
    if (stream.left === undefined) return false;
    // More of the head will not come.
    tell(event, stream, emit);
    if (bytes > stream.left) return false;
    stream.left -= bytes;
    stream.next = (stream.next + bytes) >>> 0;
    if (stream.left === 0) endMessage(stream);
    return true;
  }
}

/** Once a message. */
function tell<Segment extends TcpSegment>(
  event: Segment,
  stream: Stream,
  emit: (event: Segment) => void,
): void {
  if (stream.told || stream.left === undefined || stream.keptBytes === 0) return;
  stream.told = true;
  emit({ ...event, payload: stream.length, head: stream.kept.subarray(0, stream.keptBytes) });
}

/** Takes what it can of the two bytes of length. */
function takePrefix(stream: Stream, bytes: Buffer, at: number): number {
  const taken = Math.min(prefixBytes - stream.keptBytes, bytes.length - at);
  stream.keptBytes += bytes.copy(stream.kept, stream.keptBytes, at, at + taken);
  stream.next = (stream.next + taken) >>> 0;
  if (stream.keptBytes === prefixBytes) {
    stream.length = stream.kept.readUInt16BE(0);
    stream.left = stream.length;
    stream.keptBytes = 0;
  }
  return taken;
}

function takeBody(stream: Stream, bytes: Buffer, at: number): number {
  const taken = Math.min(stream.left ?? 0, bytes.length - at);
  const kept = Math.min(taken, maxHeadBytes - stream.keptBytes);
  stream.keptBytes += bytes.copy(stream.kept, stream.keptBytes, at, at + kept);
  stream.left = (stream.left ?? 0) - taken;
  stream.next = (stream.next + taken) >>> 0;
  return taken;
}

function endMessage(stream: Stream): void {
  stream.left = undefined;
  stream.length = 0;
  stream.keptBytes = 0;
  stream.told = false;
}
