import { Buffer } from 'node:buffer';
import * as dnsPacket from 'dns-packet';
import { parseIp } from './ip-address.ts';

/** What one response says: the client asked for `name` and was told these addresses. */
export interface DnsAnswer {
  /** As asked, lower case, without the final dot. */
  readonly name: string;
  readonly addresses: readonly { readonly ip: string; readonly ttlMs: number }[];
}

export type DnsMessage =
  | { readonly kind: 'answers'; readonly answers: readonly DnsAnswer[] }
  /** Well-formed, but it names no address: a query, an error, another type of record. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'malformed'; readonly reason: string };

interface Codec<T> {
  readonly decode: ((buffer: Buffer, offset: number) => T) & { readonly bytes: number };
}
interface ResourceRecord {
  readonly name: string;
  readonly type: string;
  readonly ttl?: number;
  readonly data?: unknown;
}
/** Exported by the library for this use (a part of a message), but missing in its published types. */
interface Codecs {
  readonly question: Codec<{ readonly name: string; readonly type: string }>;
  readonly answer: Codec<ResourceRecord>;
}
const codecs = dnsPacket as unknown as Codecs;

const headerBytes = 12;
const maxQuestions = 4;
const maxRecords = 64;
/** RFC 2181 section 8: a TTL with the highest bit set counts as zero. */
const maxTtlS = 0x7fffffff;
/** What may enter a message to a person: host names, service labels, punycode; not control characters or markup. */
const printableNamePattern = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;

/**
 * Reads the head of a DNS response (RFC 1035), which may be cut short: what stands before the cut counts. The name
 * is the one asked for, whatever aliases (CNAME) lie between it and the addresses; records outside that chain are
 * ignored. `multicast`: mDNS responses (RFC 6762) carry no question, so their records name themselves.
 */
export function parseDnsMessage(payload: Uint8Array, options: { readonly multicast: boolean }): DnsMessage {
  const buffer = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  if (buffer.length < headerBytes) return { kind: 'malformed', reason: 'shorter than a header' };
  const flags = buffer.readUInt16BE(2);
  if (!isSuccessfulResponse(flags)) return { kind: 'nothing' };
  const questions = decodeSection(buffer, headerBytes, buffer.readUInt16BE(4), maxQuestions, codecs.question);
  if (!questions.complete) return { kind: 'malformed', reason: 'questions do not parse' };
  const count = buffer.readUInt16BE(6);
  const records = decodeSection(buffer, questions.end, count, maxRecords, codecs.answer);
  if (count > 0 && records.items.length === 0) return { kind: 'malformed', reason: 'answers do not parse' };
  const asked = questions.items.map((question) => question.name);
  const names = asked.length === 0 && options.multicast ? records.items.map((record) => record.name) : asked;
  return toAnswers(new Set(names.map(canonicalName)), records.items);
}

function isSuccessfulResponse(flags: number): boolean {
  const response = (flags & 0x8000) !== 0;
  const standardQuery = (flags & 0x7800) === 0;
  const noError = (flags & 0x000f) === 0;
  return response && standardQuery && noError;
}

interface Section<T> {
  readonly items: readonly T[];
  readonly end: number;
  /** false: the message ended or stopped making sense before its announced count. */
  readonly complete: boolean;
}

function decodeSection<T>(
  buffer: Buffer,
  start: number,
  count: number,
  limit: number,
  codec: Codec<T>,
): Section<T> {
  const items: T[] = [];
  let offset = start;
  for (let index = 0; index < Math.min(count, limit); index++) {
    const item = decodeItem(buffer, offset, codec);
    if (item === undefined) return { items, end: offset, complete: false };
    items.push(item);
    offset += codec.decode.bytes;
  }
  return { items, end: offset, complete: count <= limit };
}

/** The library throws on input that is cut or hostile; here both only mean that the section ends. */
function decodeItem<T>(buffer: Buffer, offset: number, codec: Codec<T>): T | undefined {
  try {
    const item = codec.decode(buffer, offset);
    return offset + codec.decode.bytes > buffer.length ? undefined : item;
  } catch {
    return undefined;
  }
}

function toAnswers(names: ReadonlySet<string>, records: readonly ResourceRecord[]): DnsMessage {
  const answers: DnsAnswer[] = [];
  for (const name of names) {
    const addresses = addressesOf(name, records);
    if (addresses.length === 0) continue;
    if (!printableNamePattern.test(name))
      return { kind: 'malformed', reason: 'name with unprintable characters' };
    answers.push({ name, addresses });
  }
  return answers.length === 0 ? { kind: 'nothing' } : { kind: 'answers', answers };
}

function addressesOf(name: string, records: readonly ResourceRecord[]): DnsAnswer['addresses'] {
  const chain = aliasesOf(name, records);
  return records.flatMap((record) => {
    const isAddress = record.type === 'A' || record.type === 'AAAA';
    if (!isAddress || typeof record.data !== 'string' || !chain.has(canonicalName(record.name))) return [];
    const { text, scope } = parseIp(record.data);
    const ttlS = (record.ttl ?? 0) > maxTtlS ? 0 : (record.ttl ?? 0);
    return scope === 'other' ? [{ ip: text, ttlMs: ttlS * 1000 }] : [];
  });
}

/** The name and its aliases. Records may come in any order; each pass adds one alias or ends, so loops end too. */
function aliasesOf(name: string, records: readonly ResourceRecord[]): ReadonlySet<string> {
  const chain = new Set([name]);
  for (let grown = true; grown;) {
    const size = chain.size;
    for (const { type, name: from, data } of records)
      if (type === 'CNAME' && typeof data === 'string' && chain.has(canonicalName(from)))
        chain.add(canonicalName(data));
    grown = chain.size > size;
  }
  return chain;
}

function canonicalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
