import { formatDuration } from '../source-text/figures.ts';
import type { Transition } from '../stream/events/transition.ts';
import { incidentAt, type Incident } from './incidents.ts';

/** One episode as it would have been told. */
export interface Episode {
  readonly fingerprint: string;
  readonly episode: number;
  readonly rule_id: string;
  readonly alert: string;
  readonly key: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly started_at_ms: number;
  /** null: never. */
  readonly noticed_at_ms: number | null;
  readonly paged_at_ms: number | null;
  /** null: still open at the end. */
  readonly ended_at_ms: number | null;
  readonly end: Transition['state'] | null;
  readonly worst_value: number | null;
  readonly dry_run: boolean;
  /** The incident that the page (else the notice) falls into. */
  readonly incident: string | null;
}

const isEnd = (state: Transition['state']) => state !== 'pending' && state !== 'firing';

/** Transitions → episodes, in the order in which they began. */
export function toEpisodes(
  transitions: readonly Transition[],
  incidents: readonly Incident[] = [],
): Episode[] {
  const groups = Map.groupBy(transitions, ({ fingerprint, episode }) => `${fingerprint}/${episode}`);
  return [...groups.values()].flatMap((group) => toEpisode(group, incidents));
}

function toEpisode(group: readonly Transition[], incidents: readonly Incident[]): Episode[] {
  const [first, last] = [group[0], group.at(-1)];
  if (!first || !last) return [];
  const firedAt = (level?: string) =>
    group.find((t) => t.state === 'firing' && (level === undefined || t.level === level))?.at_ms ?? null;
  const [noticedMs, pagedMs] = [firedAt(), firedAt('page')];
  const incident = incidentAt(incidents, pagedMs ?? noticedMs ?? first.at_ms);
  return [
    {
      fingerprint: first.fingerprint,
      episode: first.episode,
      rule_id: first.rule_id,
      alert: first.alert,
      key: first.key,
      summary: first.annotations['summary'] ?? first.alert,
      started_at_ms: first.started_at_ms,
      noticed_at_ms: noticedMs,
      paged_at_ms: pagedMs,
      ended_at_ms: isEnd(last.state) ? last.at_ms : null,
      end: isEnd(last.state) ? last.state : null,
      worst_value: last.worst_value,
      dry_run: first.dry_run,
      incident: incident ? (incident.name ?? incident.from) : null,
    },
  ];
}

const times = (count: number) => (count === 1 ? 'once' : `${count} times`);

/** `would have paged 3 times, 2 of them in your incidents, and noticed 5 times more; …` */
export function summarize(episodes: readonly Episode[], incidents?: readonly Incident[]): string {
  const fired = episodes.filter((episode) => episode.noticed_at_ms !== null);
  const paged = fired.filter((episode) => episode.paged_at_ms !== null);
  const noticed = fired.length - paged.length;
  const parts = [paged.length === 0 ? 'would have paged nobody' : `would have paged ${times(paged.length)}`];
  if (incidents && paged.length > 0) {
    const known = paged.filter((episode) => episode.incident !== null).length;
    parts.push(`${known} of them in your incidents`);
  }
  if (noticed > 0) parts.push(`noticed ${times(noticed)} without a page`);
  if (incidents) parts.push(missed(episodes, incidents));
  return parts.filter((part) => part !== '').join(', ');
}

function missed(episodes: readonly Episode[], incidents: readonly Incident[]): string {
  const told = new Set(episodes.map((episode) => episode.incident));
  const names = incidents.map(({ name, from }) => name ?? from).filter((name) => !told.has(name));
  return names.length === 0 ? '' : `and said nothing of ${names.join(', ')}`;
}

/** One line an episode, for the terminal. */
export function episodeLine(episode: Episode): string {
  const at = new Date(episode.paged_at_ms ?? episode.noticed_at_ms ?? episode.started_at_ms).toISOString();
  const level = episode.paged_at_ms !== null ? 'page' : episode.noticed_at_ms !== null ? 'notice' : 'pending';
  const lasted =
    episode.ended_at_ms === null
      ? 'still open'
      : `${episode.end} after ${formatDuration(episode.ended_at_ms - episode.started_at_ms)}`;
  const incident = episode.incident === null ? '' : `  [${episode.incident}]`;
  return `${at}  ${level.padEnd(7)}  ${episode.alert}: ${episode.summary}; ${lasted}${incident}`;
}
