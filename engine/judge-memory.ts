import type { StateChange } from '../stream/port.ts';
import type { rulesLoadedSchema } from '../stream/events/control.ts';
import type { Subject } from '../stream/events/observation.ts';
import type { z } from 'zod';
import { packKey, unpackKey, type KeyState } from './key-state.ts';
import { MemberSets } from './member-sets.ts';
import type { SourceCounts, SourceState } from './source-guard.ts';

export type LoadedRules = z.infer<typeof rulesLoadedSchema>;

/** Counters that survive a restart, and the time of the last search for idle keys. */
export interface JudgeCounts extends SourceCounts {
  /** By rule: rows that went to `__other__` because the rule had `max_keys` keys. */
  overflow: Record<string, number>;
  /** By rule: alerts that fired without a place within their rule's `limit`. */
  limited: Record<string, number>;
  /** Rule sets that did not compile; the rules before went on. */
  refusedRules: number;
  /** Members of `seen` baselines forgotten to make room. */
  evictedMembers: number;
  scannedMs: number;
}

/** A workload that ended, and when. */
export interface EndedWorkload {
  readonly name: Pick<Subject, 'cluster' | 'namespace' | 'workload'>;
  readonly atMs: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const separator = '\u001f';
/** More agents than any cluster that one judge serves; beyond it the one silent for longest is forgotten. */
const maxSources = 8_192;

function noCounts(): JudgeCounts {
  return {
    repeats: 0,
    clamped: 0,
    late: 0,
    evicted: 0,
    overflow: {},
    limited: {},
    refusedRules: 0,
    evictedMembers: 0,
    scannedMs: 0,
  };
}

/** Everything that the judge remembers, and which of it changed since it was last stored. */
export class JudgeMemory {
  readonly #keys = new Map<string, Map<string, KeyState>>();
  readonly #active = new Set<KeyState>();
  readonly #dirty = new Set<KeyState>();
  readonly #sources = new Map<string, SourceState>();
  readonly #ended = new Map<string, EndedWorkload>();
  /** Other entries to store or (null) to delete. */
  readonly #changes = new Map<string, unknown>();
  readonly counts: JudgeCounts = noCounts();
  /** What `seen` baselines know, by the id of the key's entry. */
  readonly members = new MemberSets();
  rules: LoadedRules | undefined;

  keysOf(ruleId: string): ReadonlyMap<string, KeyState> {
    return this.#keys.get(ruleId) ?? new Map<string, KeyState>();
  }

  find(ruleId: string, cluster: string, by: readonly string[]): KeyState | undefined {
    return this.#keys.get(ruleId)?.get(idOf(cluster, by));
  }

  add(key: KeyState): void {
    const id = idOf(key.cluster, key.by);
    const keys = this.#keys.get(key.ruleId);
    if (keys) keys.set(id, key);
    else this.#keys.set(key.ruleId, new Map([[id, key]]));
    if (key.alert) this.#active.add(key);
    // It may have been removed since the last drain: the deletion must not come after the new entry.
    this.#changes.delete(entryOf(key));
  }

  remove(key: KeyState): void {
    this.#keys.get(key.ruleId)?.delete(idOf(key.cluster, key.by));
    this.#active.delete(key);
    this.#dirty.delete(key);
    this.#changes.set(entryOf(key), null);
    this.members.remove(entryIdOf(key));
  }

  /** The key goes on under other values of `by`, which no other key may have. */
  rename(key: KeyState, by: readonly string[]): void {
    this.remove(key);
    key.by = by;
    this.add(key);
  }

  /** To be called after every change of a key. */
  touch(key: KeyState): void {
    this.#dirty.add(key);
    if (key.alert) this.#active.add(key);
    else this.#active.delete(key);
  }

  /** Keys with an alert, in an order that depends on nothing but themselves. */
  active(): readonly KeyState[] {
    return [...this.#active].sort((a, b) =>
      (a.alert?.fingerprint ?? '') < (b.alert?.fingerprint ?? '') ? -1 : 1,
    );
  }

  /** Keys of one rule with an alert, in no order. */
  activeOf(ruleId: string): readonly KeyState[] {
    return [...this.#active].filter((key) => key.ruleId === ruleId);
  }

  /** In an order that depends on nothing but their names. */
  ended(): readonly EndedWorkload[] {
    return [...this.#ended].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, ended]) => ended);
  }

  /** null: it has not ended, or that has been dealt with. */
  setEnded({ cluster, namespace, workload }: EndedWorkload['name'], atMs: number | null): void {
    if (atMs === null && this.#ended.size === 0) return;
    const id = `ended/${idOf(cluster, [namespace, workload])}`;
    const ended = atMs === null ? null : { name: { cluster, namespace, workload }, atMs };
    if (ended !== null) this.#ended.set(id, ended);
    else if (!this.#ended.delete(id)) return;
    this.#changes.set(id, ended);
  }

  source(name: string): SourceState {
    const known = this.#sources.get(name);
    this.#changes.set(`source/${name}`, known);
    if (known) return known;
    if (this.#sources.size >= maxSources) this.#evictSource();
    const source: SourceState = { boots: [], newestMs: 0 };
    this.#sources.set(name, source);
    this.#changes.set(`source/${name}`, source);
    return source;
  }

  #evictSource(): void {
    let [oldest, oldestMs] = ['', Infinity];
    for (const [name, { newestMs }] of this.#sources)
      if (newestMs < oldestMs || (newestMs === oldestMs && name < oldest))
        [oldest, oldestMs] = [name, newestMs];
    this.#sources.delete(oldest);
    this.#changes.set(`source/${oldest}`, null);
    this.count('evicted');
  }

  count(name: keyof SourceCounts): void {
    this.counts[name] += 1;
    this.countsChanged();
  }

  countOverflow(ruleId: string): void {
    this.counts.overflow[ruleId] = (this.counts.overflow[ruleId] ?? 0) + 1;
    this.countsChanged();
  }

  countLimited(ruleId: string): void {
    this.counts.limited[ruleId] = (this.counts.limited[ruleId] ?? 0) + 1;
    this.countsChanged();
  }

  countEvictedMembers(count: number): void {
    this.counts.evictedMembers += count;
    this.countsChanged();
  }

  countsChanged(): void {
    this.#changes.set('counts', this.counts);
  }

  setRules(rules: LoadedRules): void {
    this.rules = rules;
    this.#changes.set('rules', rules);
  }

  *drain(): Iterable<StateChange> {
    for (const key of this.#dirty) yield { key: entryOf(key), value: encoder.encode(packKey(key)) };
    for (const [key, value] of this.#changes)
      yield { key, value: value === null ? null : encoder.encode(JSON.stringify(value)) };
    yield* this.members.drain();
    this.#dirty.clear();
    this.#changes.clear();
  }

  restore(entries: Iterable<readonly [key: string, value: Uint8Array]>): void {
    for (const [key, value] of entries)
      if (!this.members.restore(key, value)) this.#restoreEntry(key, decoder.decode(value));
  }

  #restoreEntry(key: string, text: string): void {
    if (key.startsWith('key/')) this.add(unpackKey(text, key.slice(4).split(separator)));
    else if (key.startsWith('source/')) this.#sources.set(key.slice(7), JSON.parse(text) as SourceState);
    else if (key.startsWith('ended/')) this.#ended.set(key, JSON.parse(text) as EndedWorkload);
    else if (key === 'counts') Object.assign(this.counts, JSON.parse(text) as JudgeCounts);
    else if (key === 'rules') this.rules = JSON.parse(text) as LoadedRules;
    else throw new Error(`judge: the state has an unknown entry ${key}`);
  }

  sizes(): { readonly keys: number; readonly alerts: number; readonly sources: number } {
    const keys = [...this.#keys.values()].reduce((sum, map) => sum + map.size, 0);
    return { keys, alerts: this.#active.size, sources: this.#sources.size };
  }
}

function idOf(cluster: string, by: readonly string[]): string {
  return [cluster, ...by].join(separator);
}

/** Names a key over all rules. */
export function entryIdOf(key: KeyState): string {
  return `${key.ruleId}${separator}${idOf(key.cluster, key.by)}`;
}

function entryOf(key: KeyState): string {
  return `key/${entryIdOf(key)}`;
}
