import type { SocketEvidence } from '../../stream/events/observation.ts';
import { tcpStateNames } from '../tcp-states.ts';
import { endpointText, ipText } from './ip-text.ts';
import type { TcpEvent, TcpPeerKey } from './tcp-layout.ts';

/** enum tcp_cause of bpf/tcp.h. */
const causes = ['other', 'rto', 'fast', 'tail_loss_probe', 'syn', 'synack'] as const;

/** A socket in trouble as the evidence shows it; the process is added by who knows it. */
export function toSocketEvidence(event: TcpEvent, key: TcpPeerKey): SocketEvidence {
  return {
    local: endpointText(ipText(event.local, key.ip_version), event.local_port),
    remote: endpointText(ipText(key.peer, key.ip_version), event.remote_port),
    state: tcpStateNames[event.state] ?? 'UNKNOWN',
    cause: causes[event.cause] ?? 'other',
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
  const name = causes[cause];
  return name === 'tail_loss_probe' || (name === 'rto' && timeouts < 2);
}
