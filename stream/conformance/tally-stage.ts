import { createCloudEvent, type CloudEvent } from '../cloud-event.ts';
import { acknowledgedType, baselineAcceptedType } from '../events/control.ts';
import { PoisonError, type Output, type Stage, type StateChange, type StreamRecord } from '../port.ts';

/** What the suite appends; `by: 'poison'` cannot be taken, `by: 'defect'` is an unknown error. */
export function createEntry(id: string, key: string, by = 'suite'): CloudEvent {
  return createCloudEvent({
    id,
    source: '/conformance',
    type: baselineAcceptedType,
    timeMs: 1_750_000_000_000,
    partitionkey: 'conformance',
    data: { fingerprint: key, by },
  });
}

/**
 * Counts entries by key and tells each count. A record that is lost, doubled or out of order, or state that is
 * behind or ahead of its outputs, shows in what it tells.
 */
export function createTallyStage(options: { readonly defective?: boolean } = {}): Stage {
  const counts = new Map<string, number>();
  const changed = new Set<string>();
  const { defective = true } = options;
  return {
    name: 'tally',
    inputs: ['signals'],
    restore(entries): void {
      for (const [key, value] of entries) counts.set(key, Number(new TextDecoder().decode(value)));
    },
    process(record): readonly Output[] {
      if (record.event.type !== baselineAcceptedType) return [];
      const { fingerprint, by } = record.event.data as { readonly fingerprint: string; readonly by: string };
      if (by === 'poison') throw new PoisonError('poisoned on purpose');
      if (by === 'defect' && defective) throw new TypeError('a defect on purpose');
      const count = (counts.get(fingerprint) ?? 0) + 1;
      counts.set(fingerprint, count);
      changed.add(fingerprint);
      return [{ topic: 'alerts', event: createTally(fingerprint, count, record.event.id) }];
    },
    drainState(): readonly StateChange[] {
      const changes = [...changed].map((key) => ({
        key,
        value: new TextEncoder().encode(String(counts.get(key))),
      }));
      changed.clear();
      return changes;
    },
  };
}

/** The id differs with the count, so that a repeat with wrong state is not hidden by deduplication. */
function createTally(fingerprint: string, episode: number, cause: string): CloudEvent {
  return createCloudEvent({
    id: `${cause}/${fingerprint}/${episode}`,
    source: '/conformance/tally',
    type: acknowledgedType,
    timeMs: 1_750_000_000_000,
    partitionkey: fingerprint,
    data: { fingerprint, episode, by: cause },
  });
}

/** What a tally stage must have told after these entries: `cause/key/count`. */
export function expectedTallies(entries: readonly CloudEvent[]): readonly string[] {
  const counts = new Map<string, number>();
  return entries.flatMap((event) => {
    const { fingerprint, by } = event.data as { readonly fingerprint: string; readonly by: string };
    if (by === 'poison') return [];
    counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + 1);
    return [`${event.id}/${fingerprint}/${counts.get(fingerprint)}`];
  });
}

export const idsOf = (records: readonly StreamRecord[]): readonly string[] =>
  records.map(({ event }) => event.id);
