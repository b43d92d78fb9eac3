import type { Level } from '../../stream/events/transition.ts';
import type { AlertFacts } from '../content/alert-facts.ts';
import { alertFactsLimit, toAlertFacts } from '../content/alert-facts.ts';
import type { AlertView } from '../content/alert-view.ts';
import { isActive } from '../content/alert-view.ts';
import { marksOf } from '../content/describe-group.ts';
import type { DeliveryForm } from '../delivery-form.ts';
import { labelsOf } from '../labels.ts';
import { silenceEndMs, silenceHolds } from '../silence-holds.ts';
import type { GroupEntry } from './entries.ts';
import { alertKey } from './entries.ts';
import type { Turn } from './turn.ts';

export const memberKey = (view: AlertView): string => alertKey(view.transition);

/** The alerts of a message as they stand now. */
export function viewsOf(turn: Turn, group: GroupEntry): readonly AlertView[] {
  return group.members.flatMap((member): AlertView[] => {
    const entry = turn.state.alerts.get(member);
    if (entry === undefined) return [];
    const {
      transition,
      acknowledgedBy,
      captures,
      lostWay,
      isPeerShut,
      lastLevel = null,
      leftLevels = [],
      notes = {},
    } = entry;
    const silenced = silencedBy(turn, transition);
    const url = urlOf(turn, transition);
    return [
      {
        transition,
        acknowledgedBy,
        captures,
        lostWay,
        ...(isPeerShut !== undefined && { isPeerShut }),
        lastLevel,
        leftLevels,
        notes,
        silencedBy: silenced,
        url,
      },
    ];
  });
}

/** By the whole fingerprint, as the console itself links. */
const urlOf = ({ consoleUrl }: Turn, { fingerprint, episode }: AlertView['transition']): string | null =>
  consoleUrl === undefined ? null : `${consoleUrl}/alerts/${fingerprint}-${episode}`;

function silencedBy(turn: Turn, transition: AlertView['transition']): string | null {
  if (turn.state.silences.size === 0) return null;
  const labels = labelsOf(transition);
  for (const entry of turn.state.silences.values())
    if (silenceHolds(entry, labels, turn.nowMs)) return entry.silence.created_by;
  return null;
}

/** The next moment at which any silence begins or ends; null: none. */
export function nextSilenceEdgeMs(turn: Turn): number | null {
  let next: number | null = null;
  for (const entry of turn.state.silences.values()) {
    for (const edge of [Date.parse(entry.silence.starts_at), silenceEndMs(entry)])
      if (edge > turn.nowMs && (next === null || edge < next)) next = edge;
  }
  return next;
}

export const isTellable = (view: AlertView): boolean =>
  isActive(view.transition) && view.silencedBy === null && view.acknowledgedBy === null;

/** What changes a message at once: who fires, who acknowledged or silenced, what others noted, what the first packets show. */
export const marksText = (views: readonly AlertView[]): string =>
  [
    ...marksOf(views),
    ...views.filter(({ transition }) => isActive(transition)).map(memberKey),
    ...views.flatMap(({ notes }) => Object.entries(notes).map(([name, value]) => `${name}: ${value}`)),
    ...views.map(({ lostWay = '', isPeerShut = false }) => `${lostWay} ${isPeerShut ? 'shut' : ''}`),
  ].join('\n');

const ranks: readonly Level[] = ['notice', 'page'];
export const rankOf = (level: Level | null): number => (level === null ? -1 : ranks.indexOf(level));

/** The highest level among alerts; a firing alert without one counts as notice. */
export function highestLevel(views: readonly AlertView[]): Level | null {
  if (views.length === 0) return null;
  return views.some(({ transition }) => transition.level === 'page') ? 'page' : 'notice';
}

/** What a receiver that is told states gets beside the message. */
export const factsFor = (
  form: DeliveryForm,
  views: readonly AlertView[],
): { readonly facts?: readonly AlertFacts[] } =>
  form.kind === 'state' ? { facts: views.slice(0, alertFactsLimit).map(toAlertFacts) } : {};

export const referencesOf = (views: readonly AlertView[]) =>
  views.map(({ transition: { fingerprint, episode, seq } }) => ({ fingerprint, episode, seq }));
