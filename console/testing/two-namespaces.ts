import { createCloudEvent } from '../../stream/cloud-event.ts';
import { notificationType } from '../../stream/events/notification.ts';
import { firingFingerprint, firingStory, type Told } from './sample-story.ts';

/** Stands in every name of the namespace that must stay hidden, and is its name. */
export const hiddenMark = 'vault';
export const hiddenFingerprint = 'c0ffee0000000001';

/** The lossy link of `shop` twice: once more in a namespace whose every name holds the mark. */
export function twoNamespaces(nowMs: number, captureFile: string): readonly Told[] {
  const shown = firingStory(nowMs, captureFile);
  const names: readonly (readonly [RegExp, string])[] = [
    [/"shop"/gu, `"${hiddenMark}"`],
    [new RegExp(firingFingerprint, 'gu'), hiddenFingerprint],
    [/(deployment|statefulset|unit)\//gu, `$1/${hiddenMark}-`],
    [/payments\.example/gu, `${hiddenMark}.example`],
    [/slack\/g\/1/gu, `slack/${hiddenMark}/1`],
    [/"id":"story/gu, '"id":"hidden'],
  ];
  const text = names.reduce((story, [name, other]) => story.replace(name, other), JSON.stringify(shown));
  return [...shown, ...(JSON.parse(text) as Told[]), messageOfBoth(nowMs)];
}

/** One message that tells of alerts of both. */
function messageOfBoth(nowMs: number): Told {
  const alerts = [firingFingerprint, hiddenFingerprint].map((fingerprint) => ({
    fingerprint,
    episode: 1,
    seq: 3,
  }));
  const data = {
    id: 'slack/both/1',
    receiver: 'on-call',
    kind: 'slack',
    group: hiddenMark,
    alerts,
    purpose: 'digest',
    phase: 'sent',
    attempt: 1,
    at_ms: nowMs,
    delay_ms: null,
    receipt: null,
    reason: null,
    possible_repeat: false,
  };
  const envelope = { id: 'both', source: '/story', timeMs: nowMs, partitionkey: 'k' };
  return { topic: 'notifications', event: createCloudEvent({ ...envelope, type: notificationType, data }) };
}
