import type { Capture, CaptureRequest } from '../stream/events/capture.ts';
import type { Audit, Verdict } from '../stream/events/control.ts';
import type { DeadLetterEvent } from '../stream/events/dead-letter.ts';
import type { AlertAnnotated } from '../stream/events/function.ts';
import type { Notification } from '../stream/events/notification.ts';
import type { ObservationRow, Peer, Protocol, Role } from '../stream/events/observation.ts';
import type { Transition } from '../stream/events/transition.ts';

/** Who was observed, without what changes from one pod to the next. */
export interface SeriesIdentity {
  readonly signal: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: string;
  readonly role: Role;
  readonly service_port: number;
  readonly peer_kind: Peer['kind'];
  readonly peer: string;
}

/** A contact of one workload with one destination: adds up, as observations do. */
export interface DestinationWrite {
  readonly kind: 'destination';
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: string;
  readonly name: string;
  readonly servicePort: number;
  /** Absent: TCP. */
  readonly protocol?: Protocol;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly contacts: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Host and address, for people. */
  readonly host: string;
}

/** One row to be written; writing it again changes nothing, except for observations, whose fields add up. */
export type HistoryWrite =
  | { readonly kind: 'transition'; readonly transition: Transition }
  | {
      readonly kind: 'acknowledgement';
      readonly fingerprint: string;
      readonly episode: number;
      readonly by: string;
      readonly atMs: number;
    }
  | {
      readonly kind: 'verdict';
      readonly fingerprint: string;
      readonly episode: number;
      /** null: taken back. */
      readonly verdict: Verdict | null;
      readonly by: string;
      readonly atMs: number;
    }
  | { readonly kind: 'note'; readonly note: AlertAnnotated }
  | { readonly kind: 'audit'; readonly id: string; readonly atMs: number; readonly audit: Audit }
  | { readonly kind: 'notification'; readonly notification: Notification }
  | { readonly kind: 'capture-request'; readonly request: CaptureRequest }
  | { readonly kind: 'capture'; readonly capture: Capture; readonly atMs: number }
  | {
      readonly kind: 'dead-letter';
      readonly id: string;
      readonly atMs: number;
      readonly letter: DeadLetterEvent['data'];
    }
  | {
      readonly kind: 'observation';
      readonly series: SeriesIdentity;
      readonly atMs: number;
      readonly fields: ObservationRow['fields'];
    }
  | DestinationWrite;
