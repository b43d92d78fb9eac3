import type { DnsSummary } from '../../stream/events/capture.ts';
import { outcomeOfRcode } from '../dns/answer-state.ts';
import { parseDnsQuestion } from '../dns/dns-question.ts';
import type { DecodedPacket } from './packet.ts';
import type { RecordedPacket } from './recorded-packet.ts';

/** Queries told apart; answers to further ones cannot be matched and are counted as answers only. */
const maxQueries = 65_536;
const dnsPort = 53;

/** Counts the DNS over UDP of a capture. */
export interface DnsTally {
  see(packet: RecordedPacket, decoded: DecodedPacket): void;
  /** undefined: there was none. */
  counts(): DnsSummary | undefined;
}

export function createDnsTally(): DnsTally {
  const counts = {
    queries: 0,
    repeated: 0,
    noerror: 0,
    nxdomain: 0,
    servfail: 0,
    refused: 0,
    other_errors: 0,
    truncated: 0,
  };
  /** By who asked, from which port, with which id and for what; false: not answered. */
  const answered = new Map<string, boolean>();
  let sinceLastAnswer = 0;
  return {
    see(packet, { transport, networkBytes }) {
      if (transport.kind !== 'udp' || (packet.remotePort !== dnsPort && packet.localPort !== dnsPort)) return;
      const { buffer, byteOffset, byteLength } = packet.bytes.subarray(networkBytes + transport.headerBytes);
      const message = parseDnsQuestion(Buffer.from(buffer, byteOffset, byteLength));
      if (message === undefined) return;
      const clientPort = message.isResponse ? transport.destinationPort : transport.sourcePort;
      const key = `${clientPort}/${message.id}/${message.name ?? ''}/${message.type ?? ''}`;
      if (!message.isResponse) {
        counts.queries++;
        sinceLastAnswer++;
        if (answered.has(key)) counts.repeated++;
        else if (answered.size < maxQueries) answered.set(key, false);
        return;
      }
      sinceLastAnswer = 0;
      counts[outcomeOfRcode(message.rcode)]++;
      if (message.isTruncated) counts.truncated++;
      if (answered.has(key)) answered.set(key, true);
    },
    counts() {
      const answers =
        counts.noerror + counts.nxdomain + counts.servfail + counts.refused + counts.other_errors;
      if (counts.queries + answers === 0) return undefined;
      const unanswered = [...answered.values()].filter((isAnswered) => !isAnswered).length;
      return { ...counts, answers, unanswered, since_last_answer: sinceLastAnswer };
    },
  };
}

/** One sentence that cites its counters, or starts with "unknown". */
export function likelyDnsCause(dns: DnsSummary): string {
  const { queries, answers, unanswered, repeated, servfail, refused, other_errors } = dns;
  const { since_last_answer: since = 0 } = dns;
  const failed = servfail + refused + other_errors;
  if (queries > 0 && answers === 0)
    return `resolver silent: ${queries} queries (${repeated} sent again), and not one answer came back`;
  // Most of a capture is from before the failure: a few errors may be all there was time for.
  if (failed >= unanswered && (failed >= 3 || (failed > 0 && failed * 2 >= answers)))
    return `the resolver answers with errors: of ${answers} answers ${servfail} SERVFAIL, ${refused} REFUSED, ${other_errors} other errors`;
  // Losses are scattered among answers; whoever falls silent answers nothing any more.
  if (since >= 4 && since * 4 >= unanswered * 3)
    return `the resolver fell silent: the last ${since} queries got no answer, after ${answers} answers before`;
  if (unanswered > 1)
    return `queries or answers get lost: ${unanswered} questions without an answer beside ${answers} answers`;
  return `unknown: ${queries} queries, ${answers} answers, ${failed} of them errors, ${unanswered} unanswered`;
}
