import type { ObservationRow, Peer, Protocol, Role, Subject } from '../stream/events/observation.ts';

export type { Evidence } from '../stream/events/observation.ts';

/** Whom a look is about: the row that caused it, or the one that the alert remembers. */
export interface Who {
  readonly subject: Subject;
  readonly peer: Peer;
  readonly role: Role;
  readonly servicePort: number;
  /** Absent: TCP. */
  readonly protocol?: Protocol | undefined;
  /** Absent where the signal tells no targets apart. */
  readonly target?: string | undefined;
}

export function whoOf(subject: Subject, row: ObservationRow): Who {
  const { peer, role, service_port: servicePort, protocol, target } = row;
  return { subject, peer, role, servicePort, target, ...(protocol !== undefined && { protocol }) };
}
