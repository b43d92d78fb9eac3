import type { StateChange } from '../../stream/port.ts';
import type { AlertEntry, GroupEntry, OutboxJob, ReceiverEntry, SilenceEntry } from './entries.ts';
import { EntryMap } from './entry-map.ts';

const openKey = (group: Pick<GroupEntry, 'receiver' | 'key'>): string => `${group.receiver}\n${group.key}`;

/**
 * The state of the notify stage: a fold of its inputs, nothing else. Two indexes over it are rebuilt on restore: which
 * message is open for a key, and which messages name an alert.
 */
export class NotifyState {
  /** By `fingerprint/episode`. */
  readonly alerts = new EntryMap<AlertEntry>('alert');
  /** Latest episode by fingerprint. */
  readonly latest = new EntryMap<number>('latest');
  readonly jobs = new EntryMap<OutboxJob>('job');
  readonly receivers = new EntryMap<ReceiverEntry>('receiver');
  readonly silences = new EntryMap<SilenceEntry>('silence');
  readonly #groups = new EntryMap<GroupEntry>('group');
  readonly #counters = new EntryMap<number>('counter');
  readonly #open = new Map<string, string>();
  readonly #byAlert = new Map<string, Set<string>>();

  restore(entries: Iterable<readonly [string, Uint8Array]>): void {
    const kinds = this.#kinds();
    for (const [key, value] of entries)
      if (!kinds.some((kind) => kind.restore(key, value))) throw new Error(`unknown state entry ${key}`);
    for (const group of this.#groups.values()) this.#index(group);
  }

  *drain(): Iterable<StateChange> {
    for (const kind of this.#kinds()) yield* kind.drain();
  }

  nextSerial(): number {
    const serial = (this.#counters.get('serial') ?? 0) + 1;
    this.#counters.set('serial', serial);
    return serial;
  }

  lastDigestMs(receiver: string): number {
    return this.#counters.get(`digest/${receiver}`) ?? 0;
  }

  setLastDigestMs(receiver: string, untilMs: number): void {
    this.#counters.set(`digest/${receiver}`, untilMs);
  }

  receiver(name: string, nowMs: number): ReceiverEntry {
    const fresh = { name, ready: true, reason: null, sinceMs: nowMs, postedMs: [], digest: null };
    return this.receivers.get(name) ?? fresh;
  }

  receiversByName(): readonly ReceiverEntry[] {
    return [...this.receivers.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  group(id: string): GroupEntry | undefined {
    return this.#groups.get(id);
  }

  /** In an order that does not depend on when the state was restored. */
  groups(where: (group: GroupEntry) => boolean): readonly GroupEntry[] {
    const found = [...this.#groups.values()].filter(where);
    return found.sort((left, right) => (left.id < right.id ? -1 : 1));
  }

  /** Jobs of one message, oldest first. */
  jobsOf(groupId: string): readonly OutboxJob[] {
    const found = [...this.jobs.values()].filter((job) => job.groupId === groupId);
    return found.sort((left, right) => left.serial - right.serial);
  }

  /** Something may become due with time alone. Silences and old alerts that end can wait for the next slow tick. */
  isWaiting(): boolean {
    return this.#groups.size > 0 || [...this.receivers.values()].some(({ digest }) => digest !== null);
  }

  get groupCount(): number {
    return this.#groups.size;
  }

  openGroup(receiver: string, key: string): GroupEntry | undefined {
    const id = this.#open.get(openKey({ receiver, key }));
    return id === undefined ? undefined : this.#groups.get(id);
  }

  groupsOf(alert: string): readonly GroupEntry[] {
    return [...(this.#byAlert.get(alert) ?? [])].sort().flatMap((id) => this.#groups.get(id) ?? []);
  }

  setGroup(group: GroupEntry): void {
    this.#groups.set(group.id, group);
    this.#index(group);
  }

  deleteGroup(group: GroupEntry): void {
    this.#groups.delete(group.id);
    if (this.#open.get(openKey(group)) === group.id) this.#open.delete(openKey(group));
    for (const alert of group.members) {
      const ids = this.#byAlert.get(alert);
      ids?.delete(group.id);
      if (ids?.size === 0) this.#byAlert.delete(alert);
    }
  }

  #kinds() {
    const { alerts, latest, jobs, receivers, silences } = this;
    return [alerts, latest, jobs, receivers, silences, this.#groups, this.#counters];
  }

  #index(group: GroupEntry): void {
    if (group.closedAtMs === null) this.#open.set(openKey(group), group.id);
    else if (this.#open.get(openKey(group)) === group.id) this.#open.delete(openKey(group));
    for (const alert of group.members) {
      const ids = this.#byAlert.get(alert) ?? new Set();
      this.#byAlert.set(alert, ids.add(group.id));
    }
  }
}
