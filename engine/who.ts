import type { ObservationRow, Peer, Role, Subject } from '../stream/events/observation.ts';

export type { Evidence } from '../stream/events/observation.ts';

/** Whom a look is about: the row that caused it, or the one that the alert remembers. */
export interface Who {
  readonly subject: Subject;
  readonly peer: Peer;
  readonly role: Role;
  readonly servicePort: number;
  /** Absent where the signal tells no targets apart. */
  readonly target?: string | undefined;
}

export function whoOf(subject: Subject, row: ObservationRow): Who {
  return { subject, peer: row.peer, role: row.role, servicePort: row.service_port, target: row.target };
}
