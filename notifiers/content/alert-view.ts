import type { Capture, LostWay } from '../../stream/events/capture.ts';
import type { CountedAlerts, Level, Transition } from '../../stream/events/transition.ts';

/** What they differ in for which one alert stands. */
export const otherName = '__other__';

/** A level that an episode had, and when it left it. */
export interface LeftLevel {
  readonly level: Level;
  readonly at_ms: number;
}

/** An alert as a message shows it. */
export interface AlertView {
  readonly transition: Transition;
  readonly acknowledgedBy: string | null;
  readonly silencedBy: string | null;
  readonly captures: readonly Capture[];
  /** The way on which packets get lost, as far as it was known before the captures were complete. */
  readonly lostWay?: LostWay | undefined;
  /** So far the packets show that the peer takes nothing. */
  readonly isPeerShut?: boolean;
  /** What functions or people noted, by name. */
  readonly notes: Readonly<Record<string, string>>;
  /** The level it fires at, or fired at last. */
  readonly lastLevel: Level | null;
  readonly leftLevels: readonly LeftLevel[];
  /** Its page in the console; null: nobody has said where the console is reached. */
  readonly url: string | null;
}

export const isActive = (transition: Transition): boolean => transition.state === 'firing';

/** `netns/checkout` → `checkout`; an external name stays as it is, also a prefix (`203.0.113.0/24`). */
export const shortName = (name: string): string =>
  /^[a-z][a-z-]*\//.test(name) ? name.slice(name.lastIndexOf('/') + 1) : name;

export const ownName = (transition: Transition): string => shortName(transition.subject.workload);

export function peerName(transition: Transition): string {
  const { peer, service_port: port, role } = transition;
  if (peer === null) return '?';
  const name = shortName(peer.name);
  if (port === null || role === 'server') return name;
  if (!isOverUdp(transition)) return `${name}:${port}`;
  // Port 0: any of those that are given to clients.
  return port === 0 ? `${name} (udp)` : `${name}:${port}/udp`;
}

/** Destinations say over which protocol; what else is told is of TCP, or of both. */
const isOverUdp = ({ peer, service_port: port, evidence }: Transition): boolean =>
  evidence?.destinations?.some(
    (one) => one.protocol === 'udp' && one.name === peer?.name && one.service_port === port,
  ) ?? false;

/** Where one alert stands for several: their names, first come first; at most 16 are known. */
export const workloadsOf = ({ evidence, subject }: Transition): readonly string[] =>
  (evidence?.workloads?.length ?? 0) > 1 ? (evidence?.workloads ?? []) : [subject.workload];

/** `788 more of checkout`: where one alert stands for those beyond its rule's `limit`. */
function directionOfCounted({ count, most }: CountedAlerts, own: string): string {
  const more = count === 0 ? `up to ${most} more` : `${count} more`;
  return own === otherName ? more : `${more} of ${own}`;
}

/** `checkout → payments:443`: who sends, to whom; `4 workloads → resolver:53`. */
export function direction(transition: Transition): string {
  if (transition.counted) return directionOfCounted(transition.counted, ownName(transition));
  const { length } = workloadsOf(transition);
  const own = length > 1 ? `${length} workloads` : ownName(transition);
  return transition.peer === null ? own : `${own} → ${peerName(transition)}`;
}
