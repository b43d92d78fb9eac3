import type { Peer } from '../../stream/events/observation.ts';
import type { Transition } from '../../stream/events/transition.ts';
import { formatMeasure } from '../../signals/format-measure.ts';
import { measureWords } from '../../signals/measure-words.ts';
import { farEnd } from '../group-key.ts';
import { labelsOf } from '../labels.ts';
import type { AlertView } from './alert-view.ts';
import { isActive, otherName, ownName, shortName, workloadsOf } from './alert-view.ts';
import type { BrokenWays } from './broken-ways.ts';
import { describeWorst } from './describe-alert.ts';
import { describeCause } from './describe-cause.ts';
import { formatTime } from './format-time.ts';
import type { MessageContent } from './message-content.ts';

/** Names and figures of a message: `first` stands for it. */
export function describeFacts(
  views: readonly AlertView[],
  ways: BrokenWays,
  first: Transition,
): MessageContent['facts'] {
  const started = Math.min(...views.map(({ transition }) => transition.started_at_ms));
  const { subject, peer } = first;
  const who = workloadsOf(first).map(orSeveral('workloads')).join(', ');
  // A plain host is its own namespace.
  const namespace = ['', subject.node].includes(subject.namespace)
    ? ''
    : `${orSeveral('namespaces')(subject.namespace)} / `;
  const from = `${namespace}${who} on ${orSeveral('nodes')(subject.node)}`;
  const to = peer === null ? unknownPeer(first) : `${describePeer(peer)}, port ${first.service_port ?? '?'}`;
  const { next } = first.annotations;
  return [
    { name: 'From', value: from },
    { name: 'To', value: to },
    { name: 'Since', value: formatTime(started) },
    { name: 'Worst', value: describeWorst(first) },
    { name: 'Likely cause', value: causeOf(views, ways) },
    ...(next === undefined || !isActive(first) ? [] : [{ name: 'What to do', value: next }]),
    ...whoseProblem(views),
    ...ruleSays(first),
    ...notesOf(views),
  ];
}

/** Where one alert stands for many, what they differ in has no name. */
const orSeveral =
  (what: string) =>
  (name: string): string =>
    name === otherName ? `several ${what}` : name;

const unknownPeer = ({ counted }: Transition): string => (counted ? 'several' : '?');

/** `service/payments.shop (deployment/payments), 10.0.3.7`: its name, who is alone behind it, and where. */
function describePeer(peer: Peer): string {
  const isFront = peer.kind === 'service' && peer.workload !== undefined;
  if (isFront) return `${peer.name} (${farEnd(peer)}), ${peer.ip}`;
  return peer.ip === peer.name ? peer.name : `${peer.name} (${peer.ip})`;
}

/**
 * The rule's own words, unless they are the sentence that the message begins with: of an older figure they would
 * contradict it. Of an alert that is over they are
 * those of its last news while it fired, so they may name less than the worst beside them: they are told as of then.
 */
function ruleSays(first: Transition): MessageContent['facts'] {
  const { summary } = first.annotations;
  const words = measureWords(first.signal, first.measure);
  const said = isActive(first)
    ? words
    : `${formatMeasure(first.signal, first.measure, first.value)} ${words}`;
  const name = isActive(first) ? 'Rule says' : 'Rule said last';
  return summary === undefined || summary.includes(said) ? [] : [{ name, value: summary }];
}

/** Where the trouble lies and whose it is, as far as the rules or the workloads' labels say. */
function whoseProblem(views: readonly AlertView[]): MessageContent['facts'] {
  const valuesOf = (label: string) => [
    ...new Set(
      views.flatMap(({ transition }) => {
        const value = labelsOf(transition).get(label);
        // Rules take the namespace for the team, and a plain host is its own namespace: a machine is no team.
        return value === undefined || value === transition.subject.node ? [] : [value];
      }),
    ),
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

function causeOf(views: readonly AlertView[], ways: BrokenWays): string {
  const [first] = views;
  if (first === undefined) return 'unknown';
  // Of one broken way, who hears nothing cannot say which it is.
  const asked = ways.kind === 'one' ? ways.ends[0] : views;
  const known = asked.find(({ captures }) => captures.some(({ summary }) => summary !== null));
  if (known) return describeCause(known);
  if (ways.kind === 'seen-from-one-end') return describeCause(first);
  const [own, peer] = [ownName(first.transition), shortName(first.transition.peer?.name ?? '?')];
  switch (ways.kind) {
    case 'one':
      return `packets from ${own} to ${peer} get lost on the way; those from ${peer} arrive`;
    case 'both':
      return `the path between ${own} and ${peer}: both ends resend`;
    case 'not-known':
      return `the path between ${own} and ${peer}: both ends resend and hear nothing; the packets tell which way is cut`;
    default:
      return ways satisfies never;
  }
}
