import type { Transition } from '../../stream/events/transition.ts';
import { alertId } from '../../history/alert-id.ts';
import type { AlertView } from './alert-view.ts';
import { direction, isActive, ownName, peerName } from './alert-view.ts';
import { brokenWays, type BrokenWays } from './broken-ways.ts';
import { explainedFirst, isHeldByPeer } from './closed-window.ts';
import { describeBadness, describeEnd, describeLine, describeOver, describeStart } from './describe-alert.ts';
import { evidenceSections } from './describe-evidence.ts';
import { describeFacts } from './describe-facts.ts';
import type { MessageContent, Tone } from './message-content.ts';
import { createContent } from './message-content.ts';

const listed = 10;
const evidenceListed = 3;

const isWorse = (left: Transition, right: Transition): number =>
  Number(isActive(right)) - Number(isActive(left)) ||
  Number(right.level === 'page') - Number(left.level === 'page') ||
  (right.value ?? 0) - (left.value ?? 0);

const worstFirst = (views: readonly AlertView[]): readonly AlertView[] =>
  [...views].sort((left, right) => isWorse(left.transition, right.transition));

/** Of the alerts of a message the one that stands for them. */
export const worstOf = (views: readonly AlertView[]): AlertView | undefined =>
  worstFirst(withoutReplaced(views))[0];

/** An ended episode is no news once the next one of the same alert is in the message. */
const withoutReplaced = (views: readonly AlertView[]): readonly AlertView[] =>
  views.filter(
    ({ transition: { fingerprint, episode } }) =>
      !views.some(({ transition: other }) => other.fingerprint === fingerprint && other.episode > episode),
  );

export function toneOf(views: readonly AlertView[]): Tone {
  const active = views.filter(({ transition }) => isActive(transition));
  if (active.length === 0) return 'resolved';
  return active.some(({ transition }) => transition.level === 'page') ? 'page' : 'notice';
}

const lead = {
  page: 'PAGE',
  notice: 'Notice',
  resolved: 'Resolved',
  problem: 'Problem',
  info: 'Info',
} as const;

function titleOf(views: readonly AlertView[], ways: BrokenWays, foremost: AlertView, tone: Tone): string {
  const first = foremost.transition;
  const paths = new Set(views.map(({ transition }) => direction(transition)));
  const others = paths.size - (ways.kind === 'seen-from-one-end' ? 1 : 2);
  const more = others > 0 ? ` and ${others} more` : '';
  const path = `${pathText(ways, first)}${isHeldByPeer(foremost) ? ', which does not read' : ''}`;
  const duration = tone === 'resolved' ? ` ${describeEnd(first).replace('resolved ', '')}` : '';
  return `${lead[tone]}${duration}: ${first.alert} ${path}${more}`;
}

/** Only a way that is known to be broken is called so. */
function pathText(ways: BrokenWays, first: Transition): string {
  if (ways.kind === 'seen-from-one-end') return direction(first);
  const [end] = ways.ends;
  if (ways.kind === 'one') return direction(end[0]?.transition ?? first);
  const client = ways.ends.flat().find(({ transition }) => transition.role === 'client')?.transition ?? first;
  const path = `${ownName(client)} ⇄ ${peerName(client)}`;
  return ways.kind === 'both' ? `${path}, both directions` : path;
}

/** Where one way is broken, who sends there stands for the message. */
function inOrder(views: readonly AlertView[], ways: BrokenWays): readonly AlertView[] {
  if (ways.kind !== 'one') return views;
  const [end] = ways.ends;
  const rank = (view: AlertView): number =>
    Number(isActive(view.transition)) * 2 + Number(end.includes(view));
  return views.toSorted((left, right) => rank(right) - rank(left));
}

/** The message of a group: who → whom, how bad against normal, since when, likely cause, what to do. */
export function describeGroup(unordered: readonly AlertView[]): MessageContent {
  const byWeight = worstFirst(withoutReplaced(unordered));
  const ways = brokenWays(byWeight);
  const views = explainedFirst(inOrder(byWeight, ways));
  const [worst] = views;
  if (worst === undefined) throw new Error('a message needs an alert');
  const first = worst.transition;
  const tone = toneOf(views);
  const only = views.length === 1;
  const lines = views.slice(0, listed).map((view) => `${describeLine(view)}${waitsText(view, ways)}`);
  const more = views.length > listed ? [`… and ${views.length - listed} more`] : [];
  const badness = isActive(first) ? describeBadness(first) : describeOver(first);
  return createContent(
    {
      tone,
      title: titleOf(views, ways, worst, tone),
      summary: only ? badness : [...lines, ...more].join('\n'),
    },
    { facts: describeFacts(views, ways, first), actions: actionsOf(worst), footer: marksOf(views) },
  );
}

/** Of the end that resends although its way is whole. */
function waitsText(view: AlertView, ways: BrokenWays): string {
  const waits = ways.kind === 'one' && isActive(view.transition) && ways.ends[1].includes(view);
  return waits ? '; what it sends arrives, the acknowledgements do not come back' : '';
}

/** A word for a shell: people paste these commands, and the names in them are other people's. */
const quote = (word: string): string =>
  /^[\w./:=@%+-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

function actionsOf(view: AlertView): MessageContent['actions'] {
  const { transition, captures, url } = view;
  const runbook = transition.annotations['runbook_url'];
  const capture = captures.findLast(({ file }) => file !== null);
  // What stands for many may have no workload.
  const matcher = transition.counted
    ? `fingerprint=${transition.fingerprint}`
    : `workload=${transition.subject.workload}`;
  const silence = `saccade silences add ${quote(matcher)} --duration 1h`;
  return [
    ...(url === null ? [] : [{ label: 'Open in the console', command: null, url }]),
    {
      label: 'Explain',
      command: `saccade explain ${quote(alertId(transition.fingerprint, transition.episode))}`,
      url: null,
    },
    ...(capture
      ? [{ label: 'Packets', command: `saccade captures get ${quote(capture.id)}`, url: null }]
      : []),
    ...(isActive(transition) ? [{ label: 'Silence', command: silence, url: null }] : []),
    ...(runbook === undefined ? [] : [{ label: 'Runbook', command: null, url: runbook }]),
  ];
}

/** Who silenced or acknowledged: properties of the message, not of the alert. */
export function marksOf(views: readonly AlertView[]): string[] {
  const acknowledged = new Set(views.flatMap((view) => view.acknowledgedBy ?? []));
  const silenced = new Set(views.flatMap((view) => view.silencedBy ?? []));
  return [
    ...[...acknowledged].map((by) => `acknowledged by ${by}`),
    ...[...silenced].map((by) => `silenced by ${by}`),
  ];
}

/** First reply in the thread: why it fired and on what. */
export function describeEvidenceReply(view: AlertView): MessageContent | null {
  const sections = [...evidenceSections(view)];
  if (sections.length === 0) return null;
  const title = `Evidence: ${direction(view.transition)}`;
  return createContent(
    { tone: 'info', title, summary: `since ${describeStart(view.transition)}` },
    { sections },
  );
}

/** The same where there is no thread: with the evidence of its worst alerts in it. */
export function withEvidence(views: readonly AlertView[]): MessageContent {
  const sections = worstFirst(views)
    .slice(0, evidenceListed)
    .flatMap((view) => {
      const found = evidenceSections(view);
      if (views.length === 1) return found;
      return found.map((one) => ({ ...one, title: `${one.title}: ${direction(view.transition)}` }));
    });
  return { ...describeGroup(views), sections: [...sections] };
}
