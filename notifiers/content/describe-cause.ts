import type { LookupEvidence, RequestEvidence } from '../../stream/events/observation.ts';
import { destinationText } from '../../stream/events/service-text.ts';
import { addressWithPort } from './address-with-port.ts';
import type { AlertView } from './alert-view.ts';
import { ownName, shortName } from './alert-view.ts';
import { isHeldByPeer } from './closed-window.ts';
import { formatDuration, formatLatency } from '../../source-text/figures.ts';

/** What evidence and counters alone say; a capture's summary, where there is one, knows more. */
export function describeCause(view: AlertView): string {
  const { counted } = view.transition;
  if (counted) return 'that of those beside it, which are told one by one, unless they say otherwise';
  const { lookups = [], requests = [], destinations = [] } = view.transition.evidence ?? {};
  // ICMP errors and resets are no DNS: in a capture of it there is only silence.
  const noListener = causeOfUnreachable(lookups);
  if (noListener !== undefined) return noListener;
  const summary = view.captures.findLast((capture) => capture.summary !== null)?.summary;
  if (summary) return summary.likely_cause;
  const [destination] = destinations;
  if (lookups.length > 0) return causeOfLookups(lookups);
  if (requests.length > 0) return causeOfRequests(requests);
  if (destination !== undefined) {
    const more = destinations.length > 1 ? ` and ${destinations.length - 1} more` : '';
    const { name, service_port: port, protocol } = destination;
    const address = protocol === 'udp' ? destinationText(name, port, protocol) : addressWithPort(name, port);
    return `${ownName(view.transition)} has not talked to ${address} before${more}`;
  }
  if (isHeldByPeer(view))
    return `${shortName(view.transition.peer?.name ?? 'the peer')} does not read: its receive window is closed, and what is sent to it is sent again`;
  return causeOfCounters(view);
}

const outcomeWords: Readonly<Record<string, string>> = {
  unanswered: 'were not answered',
  waiting: 'still wait for an answer',
  unreachable: 'met an ICMP error or a reset',
};

/** The kernel sends few ICMP errors a second to one client: some are enough. */
function causeOfUnreachable(lookups: readonly LookupEvidence[]): string | undefined {
  const countOf = (some: readonly LookupEvidence[]): number =>
    some.reduce((sum, { count }) => sum + count, 0);
  const [met, all] = [countOf(lookups.filter(({ outcome }) => outcome === 'unreachable')), countOf(lookups)];
  if (met < 3 || met * 20 < all) return undefined;
  return `nobody listens at the resolver: ${met} of the ${all} lookups seen met an ICMP error or a reset`;
}

/** The outcome that came most often, and of which names. */
function causeOfLookups(lookups: readonly LookupEvidence[]): string {
  const { outcome, count, total, among } = mostFrequent(lookups);
  const names = [...new Set(among.map(({ name }) => name))];
  const listed = names.slice(0, 3).join(', ') + (names.length > 3 ? `, and ${names.length - 3} more` : '');
  const said = outcomeWords[outcome] ?? `were answered ${outcome}`;
  return `${count} of the ${total} lookups seen ${said}: ${listed}`;
}

const errorClasses: Readonly<Record<string, string>> = {
  dns: 'its name could not be looked up',
  connect: 'no connection came about',
  tls: 'the TLS handshake failed',
  timeout: 'no answer came in time',
  reset: 'the connection was reset',
};

/** The outcome that came most often, and the phase in which most of its time went. */
function causeOfRequests(requests: readonly RequestEvidence[]): string {
  const { outcome, count, total, among } = mostFrequent(requests);
  const [first] = among;
  const said = errorClasses[outcome] ?? `answered ${outcome}`;
  const phases = Object.entries(first?.phases_us ?? {}).filter(([name]) => name !== 'total');
  const [slowest] = phases.sort(([, left], [, right]) => right - left);
  const time =
    slowest === undefined
      ? ''
      : `; most of its time went into ${slowest[0].replaceAll('_', ' ')} (${formatLatency(slowest[1])})`;
  return `${first?.target ?? 'the target'}: ${said} (${count} of the ${total} requests seen)${time}`;
}

interface Counted {
  readonly outcome: string;
  readonly count: number;
}

function mostFrequent<T extends Counted>(
  all: readonly T[],
): {
  readonly outcome: string;
  readonly count: number;
  readonly total: number;
  readonly among: readonly T[];
} {
  const counts = new Map<string, number>();
  for (const { outcome, count } of all) counts.set(outcome, (counts.get(outcome) ?? 0) + count);
  const [[outcome, count] = ['', 0]] = [...counts].sort(([, left], [, right]) => right - left);
  const total = [...counts.values()].reduce((sum, one) => sum + one, 0);
  return { outcome, count, total, among: all.filter((one) => one.outcome === outcome) };
}

function causeOfCounters({ transition }: AlertView): string {
  const { fields, peer, signal, window_ms: windowMs } = transition;
  const peerText = shortName(peer?.name ?? 'the peer');
  const stalled = fields['stalled_sockets'] ?? 0;
  if (stalled > 0) return `${peerText} does not answer: ${stalled} sockets resend without any ACK`;
  const synResent = fields['syn_retransmits'] ?? 0;
  const resent = fields['retransmits'] ?? 0;
  if (resent === 0 && synResent > 0)
    return `${peerText} does not accept connections: ${synResent} SYNs resent`;
  if (resent === 0) return signal.startsWith('tcp.') ? 'unknown until the packets are in' : 'unknown';
  const sent = fields['data_segments'] ?? 0;
  const time = windowMs > 0 ? ` within ${formatDuration(windowMs)}` : '';
  const split = `${resent} of ${sent} segments resent${time}: ${fields['fast'] ?? 0} by fast retransmit, ${fields['rto'] ?? 0} by time-out`;
  return `packets of ${ownName(transition)} or their ACKs get lost on the way (${split})`;
}
