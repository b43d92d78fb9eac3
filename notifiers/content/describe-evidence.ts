import { basename } from 'node:path';
import type {
  DestinationEvidence,
  LookupEvidence,
  RequestEvidence,
  SocketEvidence,
} from '../../stream/events/observation.ts';
import { describeCounted } from '../../signals/describe-counted.ts';
import { destinationText } from '../../stream/events/service-text.ts';
import { toldDescription } from '../../stream/events/told-description.ts';
import { whyItFired } from '../../stream/events/why-it-fired.ts';
import { addressWithPort } from './address-with-port.ts';
import type { AlertView } from './alert-view.ts';
import { formatLatency } from '../../source-text/figures.ts';
import type { MessageContent } from './message-content.ts';

type Section = MessageContent['sections'][number];

/** Why it fired (the guards with their figures, the baseline's own sentence), and on what: one section a kind of evidence. */
export function evidenceSections(view: AlertView): readonly Section[] {
  const { sockets = [], lookups = [], requests = [], destinations = [] } = view.transition.evidence ?? {};
  return [
    section('What it means', [toldDescription(view.transition.annotations) ?? ''], false),
    section('Why it fired', reasons(view), false),
    section('Counted here', describeCounted(view.transition), true),
    section('Sockets', sockets.map(socketLine), true),
    section('Lookups', lookups.map(lookupLine), true),
    section('Requests', requests.map(requestLine), true),
    section('Destinations', destinations.map(destinationLine), true),
  ].filter(({ text }) => text !== '');
}

const section = (title: string, lines: readonly string[], code: boolean): Section => ({
  title,
  text: lines.join('\n'),
  code,
});

const joined = (parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join(', ');

function reasons({ transition }: AlertView): readonly string[] {
  const { because, checked } = whyItFired(transition);
  const guards = checked.map(
    ({ held, text }) => `${held ? '✓' : '–'} ${text}${held ? '' : ' (did not decide)'}`,
  );
  return [...because, ...guards].filter((line) => line !== '');
}

const socketLine = (socket: SocketEvidence): string =>
  joined([
    `${socket.local} → ${socket.remote} ${socket.state}`,
    socket.cause,
    socket.retransmits === undefined ? undefined : `resent ${socket.retransmits}`,
    socket.cwnd === undefined ? undefined : `cwnd ${socket.cwnd}`,
    socket.rtt_us === undefined ? undefined : `rtt ${formatLatency(socket.rtt_us)}`,
    processOf(socket),
  ]);

/** `node[4711]`: by its executable, since a thread may call itself anything. */
function processOf({ executable, comm, pid }: SocketEvidence): string | undefined {
  const name = executable === undefined ? comm : basename(executable);
  return name === undefined ? undefined : `${name}[${pid ?? '?'}]`;
}

const times = (count: number): string => (count === 1 ? '' : `${count} times`);

const lookupLine = ({ name, type, outcome, count, latency_us: latencyUs }: LookupEvidence): string =>
  joined([
    `${name} ${type}: ${outcome}`,
    times(count),
    latencyUs === undefined ? undefined : formatLatency(latencyUs),
  ]);

const requestLine = ({ target, outcome, count, phases_us: phases, detail }: RequestEvidence): string =>
  joined([
    `${target}: ${outcome}`,
    times(count),
    ...Object.entries(phases ?? {}).map(
      ([phase, us]) => `${phase.replaceAll('_', ' ')} ${formatLatency(us)}`,
    ),
    detail,
  ]);

/** `a.example (192.0.2.1:443)`; over UDP `a.example (192.0.2.1) by QUIC (UDP 443)`. */
function destinationLine({ name, ip, service_port: port, protocol }: DestinationEvidence): string {
  if (protocol === 'udp') return destinationText(name === ip ? ip : `${name} (${ip})`, port, protocol);
  return name === ip ? addressWithPort(ip, port) : `${name} (${addressWithPort(ip, port)})`;
}
