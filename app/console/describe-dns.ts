import { dnsTypeName, parseDnsQuestion, printableDnsName } from '../../agent/dns/dns-question.ts';
import { parseDnsMessage } from '../../agent/names/dns-message.ts';

/** Of unicast DNS and of mDNS (RFC 6762). */
const multicastPort = 5353;
const dnsPorts: ReadonlySet<number> = new Set([53, multicastPort]);
const maxAddresses = 3;

/** IANA's names of RCODEs, as tools print them; others by their number. */
const rcodeNames = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'] as const;

/**
 * A DNS message in a line, as analysers show it: `query 0x1f2e A api.example`, `answer 0x1f2e A api.example: NXDOMAIN`.
 * `payload` may be cut short. undefined: neither end's port is that of DNS, or it does not read as DNS.
 */
export function describeDns(payload: Uint8Array, ports: readonly number[]): string | undefined {
  if (!ports.some((port) => dnsPorts.has(port))) return undefined;
  const message = parseDnsQuestion(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength));
  if (message === undefined) return undefined;
  const { isResponse, id, name, type, rcode, isTruncated } = message;
  const asked = name === undefined || type === undefined ? [] : [dnsTypeName(type), printableDnsName(name)];
  const said = isResponse ? [outcomeOf(payload, rcode, ports), ...(isTruncated ? ['truncated'] : [])] : [];
  const head = [isResponse ? 'answer' : 'query', `0x${id.toString(16).padStart(4, '0')}`, ...asked].join(' ');
  return said.length === 0 ? head : `${head}: ${said.join(', ')}`;
}

/** Where it succeeded, what the client was told. */
function outcomeOf(payload: Uint8Array, rcode: number, ports: readonly number[]): string {
  const name = rcodeNames[rcode] ?? `RCODE ${rcode}`;
  if (rcode !== 0) return name;
  const message = parseDnsMessage(payload, { multicast: ports.includes(multicastPort) });
  const ips = message.kind === 'answers' ? message.answers.flatMap(({ addresses }) => addresses) : [];
  if (ips.length === 0) return `${name}, no address`;
  const more = ips.length > maxAddresses ? ` and ${ips.length - maxAddresses} more` : '';
  return (
    ips
      .slice(0, maxAddresses)
      .map(({ ip }) => ip)
      .join(' ') + more
  );
}
