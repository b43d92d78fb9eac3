import type { SocketEvidence } from '../../stream/events/observation.ts';
import { tcpStateNames } from '../tcp-states.ts';
import { endpointText, ipText } from './ip-text.ts';
import type { TcpSignalId } from './tcp-keys.ts';
import type { TcpEvent, TcpPeerKey } from './tcp-layout.ts';

/** enum tcp_cause of bpf/tcp.h, and the signal that each is an event of. */
const causes = [
  { name: 'other', signal: 'tcp.retransmits' },
  { name: 'rto', signal: 'tcp.retransmits' },
  { name: 'fast', signal: 'tcp.retransmits' },
  { name: 'tail_loss_probe', signal: 'tcp.retransmits' },
  { name: 'syn', signal: 'tcp.retransmits' },
  { name: 'synack', signal: 'tcp.retransmits' },
  { name: 'refused', signal: 'tcp.connect_failures' },
  { name: 'timed_out', signal: 'tcp.connect_failures' },
  { name: 'unreachable', signal: 'tcp.connect_failures' },
  { name: 'given_up', signal: 'tcp.connect_failures' },
  { name: 'reset', signal: 'tcp.resets' },
  { name: 'zero_window', signal: 'tcp.retransmits' },
] as const satisfies readonly { readonly name: string; readonly signal: TcpSignalId }[];
const otherCause = causes[0];

export function signalOf({ cause }: Pick<TcpEvent, 'cause'>): TcpSignalId {
  return (causes[cause] ?? otherCause).signal;
}

/** A socket in trouble as the evidence shows it; the process is added by who knows it. */
export function toSocketEvidence(event: TcpEvent, key: TcpPeerKey): SocketEvidence {
  return {
    local: endpointText(ipText(event.local, key.ip_version), event.local_port),
    remote: endpointText(ipText(key.peer, key.ip_version), event.remote_port),
    state: tcpStateNames[event.state] ?? 'UNKNOWN',
    cause: (causes[event.cause] ?? otherCause).name,
    retransmits: event.retransmits,
    uid: event.uid,
    // A request that waits for its handshake has neither a window nor a round trip.
    ...(event.cwnd > 0 && { cwnd: event.cwnd }),
    ...(event.srtt_us > 0 && { rtt_us: event.srtt_us }),
  };
}

/**
 * A timer sent the segment again, so it may be that only the answer was late: a machine too busy for 200 ms makes its
 * peers send tail loss probes and first time-outs. A second time-out in a row is no doubt any more.
 */
export function isDoubtful({ cause, timeouts }: Pick<TcpEvent, 'cause' | 'timeouts'>): boolean {
  const { name } = causes[cause] ?? otherCause;
  return name === 'tail_loss_probe' || (name === 'rto' && timeouts < 2);
}
