import { isIPv6 } from 'node:net';
import {
  AUTHORITATIVE_ANSWER,
  type Answer,
  type Packet,
  type Question,
  TRUNCATED_RESPONSE,
} from 'dns-packet';

/** What a name server does with a question: an answer after some time, or none. */
export interface Reaction {
  readonly delayMs: number;
  /** undefined: silence. */
  readonly answer: Packet | undefined;
}

/** What stands behind `name=` beside addresses. */
const trouble = { servfail: 2, nxdomain: 3, notimp: 4, refused: 5 } as const;
const ttlSeconds = 5;
const anyName = '*';

function rcodeOf(records: readonly string[]): number | undefined {
  const word = records.find((record): record is keyof typeof trouble => record in trouble);
  return word === undefined ? undefined : trouble[word];
}

/**
 * A zone of `name=record`, where a record is an address, an error (`servfail`, `refused`, `notimp`, `nxdomain`),
 * `silence`, `truncate` (over UDP only), `rotate` (each answer gives the next address only) or `delay:MS`; several
 * records of a name add up. `*` stands for every name that is not there; without it they do not exist.
 */
export function createZone(
  records: readonly string[],
): (query: Packet, tcp: boolean) => Reaction | undefined {
  const zone = new Map<string, string[]>();
  for (const record of records) {
    const [name = '', value = ''] = record.split('=', 2);
    zone.set(name, [...(zone.get(name) ?? []), value]);
  }
  /** By type: who asks for both families is given every address of each. */
  const turns = new Map<string, number>();
  return (query, tcp) => {
    const [question] = query.questions ?? [];
    if (query.type !== 'query' || question === undefined) return undefined;
    const own = zone.get(question.name.toLowerCase()) ?? zone.get(anyName);
    const turn = turns.get(question.type) ?? 0;
    turns.set(question.type, turn + 1);
    return react(query, question, own ?? ['nxdomain'], { tcp, turn });
  };
}

/** The same zone in trouble: `record`, an error, `silence` or a delay, stands before the records of every name. */
export function createSickZone(records: readonly string[], record: string): ReturnType<typeof createZone> {
  const names = new Set(records.map((each) => each.split('=', 1)[0] ?? ''));
  const absent = names.has(anyName) ? [] : [`${anyName}=nxdomain`];
  const sick = [...names, anyName].map((name) => `${name}=${record}`);
  return createZone([...sick, ...records, ...absent]);
}

interface Moment {
  readonly tcp: boolean;
  /** Questions of this type that were asked before. */
  readonly turn: number;
}

function react(
  query: Packet,
  question: Question,
  records: readonly string[],
  { tcp, turn }: Moment,
): Reaction {
  const delay = records.find((record) => record.startsWith('delay:'));
  const cut = records.includes('truncate') && !tcp;
  const rcode = rcodeOf(records) ?? 0;
  const all = cut || rcode !== 0 ? [] : addressesOf(question, records);
  const answer: Packet = {
    type: 'response',
    id: query.id ?? 0,
    flags: AUTHORITATIVE_ANSWER | (cut ? TRUNCATED_RESPONSE : 0) | rcode,
    questions: [question],
    answers: records.includes('rotate') ? all.slice(turn % all.length).slice(0, 1) : all,
  };
  return {
    delayMs: Number(delay?.slice('delay:'.length) ?? 0),
    answer: records.includes('silence') ? undefined : answer,
  };
}

function addressesOf({ name, type }: Question, records: readonly string[]): Answer[] {
  if (type !== 'A' && type !== 'AAAA') return [];
  return records
    .filter((record) => /^[\d.]+$|:.*:/.test(record) && isIPv6(record) === (type === 'AAAA'))
    .map((data) => ({ type, name, ttl: ttlSeconds, class: 'IN', data }));
}
