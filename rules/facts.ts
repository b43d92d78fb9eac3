import type { SignalDefinition, Unit } from '../signals/define-signal.ts';
import {
  peerKinds,
  protocols,
  roles,
  type ObservationRow,
  type Subject,
} from '../stream/events/observation.ts';
import { destinationText } from '../stream/events/service-text.ts';
import type { Fact, Facts } from './compiled-rule.ts';

/** What a fact may be compared with. `score`, `count` are plain numbers. */
export type FactUnit = Unit | 'score' | 'count';

export type FactType =
  | { readonly type: 'string'; readonly values?: readonly string[] }
  | { readonly type: 'number'; readonly unit: FactUnit }
  | { readonly type: 'boolean' }
  /** Known to somebody else: whatever the value that it is compared with is. Only in `confirm`. */
  | { readonly type: 'outside' };

export interface FactDefinition {
  readonly name: string;
  readonly type: FactType;
  /** May be part of a key (`by`) and of exceptions: it names something, it does not measure. */
  readonly identity: boolean;
  readonly description: string;
}

/** Facts by name. It knows more names than it lists: any label, `labels.NAME`. */
export interface FactCatalogue {
  get(name: string): FactDefinition | undefined;
  has(name: string): boolean;
  /** As they are listed, labels as `labels.NAME`. */
  keys(): Iterable<string>;
  values(): Iterable<FactDefinition>;
}

const text = { type: 'string' } as const;
const number = (unit: FactUnit) => ({ type: 'number', unit }) as const;

function define(name: string, type: FactType, description: string, identity = false): FactDefinition {
  return { name, type, description, identity };
}

/** Who and to whom: what every observation carries. */
const identityFacts: readonly FactDefinition[] = [
  define('cluster', text, 'Name of the cluster.', true),
  define('node', text, 'Name of the node.', true),
  define('namespace', text, 'Namespace of the workload.', true),
  define('workload', text, 'kind/name, e.g. deployment/checkout, netns/checkout, unit/nginx.service.', true),
  define('pod', text, 'Name of the pod; unknown outside Kubernetes.', true),
  define('container', text, 'Name of the container; unknown where it cannot be told.', true),
  define('role', { type: 'string', values: roles }, 'Which end of the connection this is.', true),
  define('service_port', number('count'), "The server's port.", true),
  define('protocol', { type: 'string', values: protocols }, 'Which protocol that port is of.', true),
  define(
    'peer',
    text,
    'Best stable identity of the other end: workload, service, domain, else address.',
    true,
  ),
  define('peer.kind', { type: 'string', values: peerKinds }, 'What the other end is.', true),
  define('peer.name', text, 'The same as peer.', true),
  define('peer.ip', text, 'Address of the other end, without v4-mapped prefix.', true),
  define(
    'destination',
    text,
    'The peer with its port, as people say it: `example.com:443`, `example.com by QUIC (UDP 443)`.',
    true,
  ),
  define('target', text, 'What of the peer was asked, where the signal tells several apart.', true),
];

/** In place of NAME stands the name of a label. */
const labelFact = define(
  'labels.NAME',
  text,
  'Label of the workload, by configuration or from the cluster; unknown where it has none of that name. No part of a key.',
  true,
);
const labelPattern = /^labels\.[a-zA-Z_][a-zA-Z0-9_]*$/;
const labelPrefix = 'labels.';

/** What the judge adds: the figure, its window, its normal, and the history of the key's alert. */
const judgedFacts: readonly FactDefinition[] = [
  define(
    'measure_count',
    number('count'),
    'What the measure rests on: counted values of a quantile, trials of a ratio; unknown for plain fields.',
  ),
  define('window_ms', number('ms'), 'Length of the window that convinced.'),
  define(
    'firings_1h',
    number('count'),
    'How often this alert began to fire in the last hour, this time included.',
  ),
  define('age_ms', number('ms'), "Time since the episode's first moment (pending)."),
];

const baselineFacts: readonly FactDefinition[] = [
  define('baseline.score', number('score'), 'Above 1: outside of normal by every guard of the method.'),
  define('baseline.samples', number('count'), 'Samples that the baseline has seen.'),
  define('baseline.age_ms', number('ms'), 'Age of the baseline.'),
  define('baseline.learned', { type: 'boolean' }, 'The learning period is over.'),
];

const memberFacts: readonly FactDefinition[] = [
  define('new_members', number('count'), 'Members that came new in the window; only with the method seen.'),
];

function fieldFacts(signal: SignalDefinition): FactDefinition[] {
  return Object.entries(signal.fields).map(([name, field]) =>
    define(name, number(field.unit), field.description),
  );
}

function toCatalogue(facts: readonly FactDefinition[]): FactCatalogue {
  const byName = new Map([...facts, labelFact].map((fact) => [fact.name, fact]));
  return {
    get: (name) => byName.get(name) ?? (labelPattern.test(name) ? { ...labelFact, name } : undefined),
    has: (name) => byName.has(name) || labelPattern.test(name),
    keys: () => byName.keys(),
    values: () => byName.values(),
  };
}

/** Facts of a row before any state, for `where` and exceptions. */
export function rowFactCatalogue(signal: SignalDefinition): FactCatalogue {
  return toCatalogue([...identityFacts, ...fieldFacts(signal)]);
}

export interface JudgedScope {
  readonly signal: SignalDefinition;
  readonly measureUnit: Unit;
  readonly hasBaseline: boolean;
  /** The baseline's method is `seen`. */
  readonly hasMembers?: boolean;
}

/** Facts at the moment of judging, for `when`, `levels`, `clear` and templates. Fields are those of the window judged. */
export function judgedFactCatalogue(scope: JudgedScope): FactCatalogue {
  const { signal, measureUnit, hasBaseline, hasMembers = false } = scope;
  const value = 'The measure over the window that convinced.';
  const ofMeasure = ['expected', 'lower', 'upper'].map((name) =>
    define(`baseline.${name}`, number(measureUnit), `${name} value of the measure at this key's normal.`),
  );
  return toCatalogue([
    ...identityFacts,
    ...fieldFacts(signal),
    define('measure', number(measureUnit), value),
    define('value', number(measureUnit), `${value} The same as measure.`),
    ...judgedFacts,
    ...(hasBaseline ? [...baselineFacts, ...ofMeasure] : []),
    ...(hasMembers ? memberFacts : []),
  ]);
}

/** Facts that may stand in the `fields` of exceptions. */
export const identityFactCatalogue: FactCatalogue = toCatalogue(identityFacts);

/** Facts that may stand in `by`: labels change while a workload runs, so they are no part of its identity. */
export const keyFactNames: readonly string[] = identityFacts.map(({ name }) => name);

const subjectFactNames = new Set(['cluster', 'node', 'namespace', 'workload', 'pod', 'container']);

/** Whether who is observed says it alone, whatever was observed. */
export const isSubjectFact = (name: string): boolean =>
  subjectFactNames.has(name) || name.startsWith(labelPrefix);

/** The facts of who is observed; undefined for any other name. */
export function subjectFacts(subject: Subject): Facts {
  return (name) => subjectFact(name, subject);
}

/** The facts of one row. Unknown names give undefined, never an error: the checker has refused them before. */
export function rowFacts(subject: Subject, row: ObservationRow): Facts {
  return (name) =>
    identityFact(name, subject, row) ?? (Object.hasOwn(row.fields, name) ? row.fields[name] : undefined);
}

/** Who is observed and who is the other end; undefined for any other name. */
export function identityFact(
  name: string,
  subject: Subject,
  row: Pick<ObservationRow, 'role' | 'service_port' | 'protocol' | 'peer' | 'target'>,
): Fact {
  switch (name) {
    case 'role':
    case 'service_port':
    case 'target':
      return row[name];
    case 'protocol':
      return row.protocol ?? 'tcp';
    case 'destination':
      return destinationText(row.peer.name, row.service_port, row.protocol);
    case 'peer':
    case 'peer.name':
      return row.peer.name;
    case 'peer.kind':
      return row.peer.kind;
    case 'peer.ip':
      return row.peer.ip;
    default:
      return subjectFact(name, subject);
  }
}

function subjectFact(name: string, subject: Subject): Fact {
  switch (name) {
    case 'cluster':
    case 'node':
    case 'namespace':
    case 'workload':
    case 'pod':
    case 'container':
      return subject[name];
    default:
      return name.startsWith(labelPrefix) ? labelOf(subject, name.slice(labelPrefix.length)) : undefined;
  }
}

function labelOf({ labels }: Subject, name: string): string | undefined {
  return labels !== undefined && Object.hasOwn(labels, name) ? labels[name] : undefined;
}
