/**
 * Header and first question of a DNS message (RFC 1035 section 4.1), read from the head of a hostile packet: every
 * step moves forward or ends, nothing is allocated but the name.
 */
export interface DnsQuestion {
  readonly id: number;
  readonly isResponse: boolean;
  readonly isTruncated: boolean;
  /** 0 no error, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED, … */
  readonly rcode: number;
  readonly answers: number;
  /** As asked, lower case, without the final dot; empty: the root. undefined: a response without its question. */
  readonly name: string | undefined;
  readonly type: number | undefined;
}

const headerBytes = 12;
const maxNameBytes = 255;
const standardQuery = 0;

/** undefined: cut, malformed, several questions, a query without one, or another operation than a query. */
export function parseDnsQuestion(message: Buffer): DnsQuestion | undefined {
  if (message.length < headerBytes) return undefined;
  const flags = message.readUInt16BE(2);
  const isResponse = (flags & 0x8000) !== 0;
  const questions = message.readUInt16BE(4);
  if (((flags >> 11) & 0xf) !== standardQuery || questions > 1) return undefined;
  const header = {
    id: message.readUInt16BE(0),
    isResponse,
    isTruncated: (flags & 0x0200) !== 0,
    rcode: flags & 0xf,
    answers: message.readUInt16BE(6),
  };
  if (questions === 0) return isResponse ? { ...header, name: undefined, type: undefined } : undefined;
  const end = nameEnd(message);
  if (end === undefined || end + 4 > message.length) return undefined;
  return { ...header, name: readName(message, end), type: message.readUInt16BE(end) };
}

/** Offset behind the name. The first name of a message has nothing before it that it could point to. */
function nameEnd(message: Buffer): number | undefined {
  let at = headerBytes;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > 63) return undefined;
    at += length + 1;
    if (at - headerBytes > maxNameBytes) return undefined;
    if (length === 0) return at;
  }
}

/** A dot within a label is not told apart from one between labels: nobody looks such a name up. */
function readName(message: Buffer, end: number): string {
  const labels: string[] = [];
  for (let at = headerBytes; at < end - 1;) {
    const next = at + 1 + (message[at] ?? 0);
    labels.push(message.toString('latin1', at + 1, next));
    at = next;
  }
  return labels.join('.').toLowerCase();
}

/** What may enter a message to a person: host names, service labels, punycode; not control characters or markup. */
const printableNamePattern = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;

/** The name for people and keys; what is not printable is not repeated. */
export function printableDnsName(name: string): string {
  if (name === '') return '.';
  return printableNamePattern.test(name) ? name : '(unprintable name)';
}

const typeNames: ReadonlyMap<number, string> = new Map([
  [1, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [6, 'SOA'],
  [12, 'PTR'],
  [15, 'MX'],
  [16, 'TXT'],
  [28, 'AAAA'],
  [33, 'SRV'],
  [64, 'SVCB'],
  [65, 'HTTPS'],
]);

/** RFC 3597 for those without a name here. */
export function dnsTypeName(type: number): string {
  return typeNames.get(type) ?? `TYPE${type}`;
}
