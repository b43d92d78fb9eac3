import type { DigestDue } from '../../stream/events/digest.ts';
import { describeDailyDigest } from '../content/describe-daily-digest.ts';
import { shortHash } from '../group-key.ts';
import { enqueue } from './enqueue.ts';
import type { Turn } from './turn.ts';

/** A digest that is due becomes a message; a time that was told already is dropped. */
export function foldDigestDue(turn: Turn, due: DigestDue): void {
  const { receiver, until_ms: untilMs } = due;
  if (!turn.config.receivers.some(({ name }) => name === receiver))
    return turn.count('digest_without_receiver');
  if (untilMs <= turn.state.lastDigestMs(receiver)) return turn.count('seen');
  turn.state.setLastDigestMs(receiver, untilMs);
  const groupId = shortHash('daily', receiver, String(untilMs));
  enqueue(turn, {
    id: `${groupId}/root`,
    receiver,
    group: `daily digest of ${receiver}`,
    groupId,
    operation: 'post',
    purpose: 'digest',
    content: describeDailyDigest(due),
    alerts: [],
    root: null,
    causeMs: untilMs,
  });
}
