import type { Peer } from '../../stream/events/observation.ts';
import type { Transition } from '../../stream/events/transition.ts';
import { alertId } from '../../history/alert-id.ts';
import { labelsOf } from '../labels.ts';
import { endpointName, farEnd } from '../group-key.ts';
import type { AlertView } from './alert-view.ts';
import { direction, isActive, ownName, peerName, shortName, workloadsOf } from './alert-view.ts';
import { describeBadness, describeEnd, describeLine, describeOver, describeStart } from './describe-alert.ts';
import { describeCause } from './describe-cause.ts';
import { evidenceSections } from './describe-evidence.ts';
import { formatMeasure } from '../../signals/format-measure.ts';
import { measureWords } from '../../signals/measure-words.ts';
import { formatTime } from './format-time.ts';
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

/** Do two alerts describe both directions of one path? */
export function isOpposite(left: Transition, right: Transition): boolean {
  if (left.peer === null || right.peer === null) return false;
  const same = (name: string, other: string) => endpointName(name) === endpointName(other);
  return same(left.subject.workload, farEnd(right.peer)) && same(right.subject.workload, farEnd(left.peer));
}

/** An ended episode is no news once the next one of the same alert is in the message. */
const withoutReplaced = (views: readonly AlertView[]): readonly AlertView[] =>
  views.filter(
    ({ transition: { fingerprint, episode } }) =>
      !views.some(({ transition: other }) => other.fingerprint === fingerprint && other.episode > episode),
  );

const bothWays = (views: readonly AlertView[]): boolean =>
  views.some((left) =>
    views.some((right) => left !== right && isOpposite(left.transition, right.transition)),
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

function titleOf(views: readonly AlertView[], first: Transition, tone: Tone): string {
  const paths = new Set(views.map(({ transition }) => direction(transition)));
  const client = views.find(({ transition }) => transition.role === 'client')?.transition ?? first;
  const path = bothWays(views)
    ? `${ownName(client)} ⇄ ${peerName(client)}, both directions`
    : direction(first);
  const more = paths.size > (bothWays(views) ? 2 : 1) ? ` and ${paths.size - 1} more` : '';
  const duration = tone === 'resolved' ? ` ${describeEnd(first).replace('resolved ', '')}` : '';
  return `${lead[tone]}${duration}: ${first.alert} ${path}${more}`;
}

/** The message of a group: who → whom, how bad against normal, since when, likely cause, what to do. */
export function describeGroup(unordered: readonly AlertView[]): MessageContent {
  const views = worstFirst(withoutReplaced(unordered));
  const [worst] = views;
  if (worst === undefined) throw new Error('a message needs an alert');
  const first = worst.transition;
  const tone = toneOf(views);
  const only = views.length === 1;
  const lines = views.slice(0, listed).map((view) => describeLine(view));
  const more = views.length > listed ? [`… and ${views.length - listed} more`] : [];
  const badness = isActive(first) ? describeBadness(first) : describeOver(first);
  return createContent(
    { tone, title: titleOf(views, first, tone), summary: only ? badness : [...lines, ...more].join('\n') },
    { facts: factsOf(views, first), actions: actionsOf(worst), footer: marksOf(views) },
  );
}

function factsOf(views: readonly AlertView[], first: Transition): MessageContent['facts'] {
  const started = Math.min(...views.map(({ transition }) => transition.started_at_ms));
  const { subject, peer } = first;
  const worst = formatMeasure(first.signal, first.measure, first.worst_value);
  const who = workloadsOf(first).join(', ');
  // A plain host is its own namespace.
  const namespace = ['', subject.node].includes(subject.namespace) ? '' : `${subject.namespace} / `;
  const from = `${namespace}${who} on ${subject.node}`;
  const to = peer === null ? '?' : `${describePeer(peer)}, port ${first.service_port ?? '?'}`;
  const { next } = first.annotations;
  return [
    { name: 'From', value: from },
    { name: 'To', value: to },
    { name: 'Since', value: formatTime(started) },
    { name: 'Worst', value: worst },
    { name: 'Likely cause', value: causeOf(views) },
    ...(next === undefined || !isActive(first) ? [] : [{ name: 'What to do', value: next }]),
    ...whoseProblem(views),
    ...ruleSays(first),
    ...notesOf(views),
  ];
}

/** `service/payments.shop (deployment/payments), 10.0.3.7`: its name, who is alone behind it, and where. */
function describePeer(peer: Peer): string {
  const isFront = peer.kind === 'service' && peer.workload !== undefined;
  if (isFront) return `${peer.name} (${farEnd(peer)}), ${peer.ip}`;
  return peer.ip === peer.name ? peer.name : `${peer.name} (${peer.ip})`;
}

/** The rule's own words, unless they are the figures that the message begins with. */
function ruleSays(first: Transition): MessageContent['facts'] {
  const { summary } = first.annotations;
  const said = `${formatMeasure(first.signal, first.measure, first.value)} ${measureWords(first.signal, first.measure)}`;
  return summary === undefined || summary.includes(said) ? [] : [{ name: 'Rule says', value: summary }];
}

/** Where the trouble lies and whose it is, as far as the rules or the workloads' labels say. */
function whoseProblem(views: readonly AlertView[]): MessageContent['facts'] {
  const valuesOf = (label: string) => [
    ...new Set(views.flatMap(({ transition }) => labelsOf(transition).get(label) ?? [])),
  ];
  const fact = (name: string, values: readonly string[]) =>
    values.length === 0 ? [] : [{ name, value: values.join(', ') }];
  return [...fact('Layer', valuesOf('layer')), ...fact('Team', valuesOf('team'))];
}

/** What functions and people noted; of several alerts each note once. */
function notesOf(views: readonly AlertView[]): MessageContent['facts'] {
  const notes = new Map(views.flatMap((view) => Object.entries(view.notes)));
  return [...notes].map(([name, value]) => ({ name, value }));
}

function causeOf(views: readonly AlertView[]): string {
  const known = views.find(({ captures }) => captures.some(({ summary }) => summary !== null));
  if (known) return describeCause(known);
  const [first] = views;
  if (first === undefined) return 'unknown';
  if (!bothWays(views)) return describeCause(first);
  return `the path between ${ownName(first.transition)} and ${shortName(first.transition.peer?.name ?? '?')}: both ends resend`;
}

/** A word for a shell: people paste these commands, and the names in them are other people's. */
const quote = (word: string): string =>
  /^[\w./:=@%+-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

function actionsOf(view: AlertView): MessageContent['actions'] {
  const { transition, captures, url } = view;
  const runbook = transition.annotations['runbook_url'];
  const capture = captures.findLast(({ file }) => file !== null);
  const silence = `saccade silences add ${quote(`workload=${transition.subject.workload}`)} --duration 1h`;
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
