import type { NotifyConfig } from '../config/notify-config.ts';
import { limits } from './limits.ts';
import type { Turn } from './turn.ts';

const rateOf = (config: NotifyConfig, receiver: string) =>
  config.receivers.find(({ name }) => name === receiver)?.maxNotifications;

/** Takes one new message from a receiver's budget; false: the budget of this window is spent. */
export function takeFromBudget(turn: Turn, receiver: string): boolean {
  const rate = rateOf(turn.config, receiver);
  if (rate === undefined) return true;
  const entry = turn.state.receiver(receiver, turn.nowMs);
  const postedMs = entry.postedMs.filter((ms) => ms > turn.nowMs - rate.perMs);
  if (postedMs.length >= Math.min(rate.count, limits.postedTimes)) {
    turn.count('braked');
    return false;
  }
  turn.state.receivers.set(receiver, { ...entry, postedMs: [...postedMs, turn.nowMs] });
  return true;
}

export const budgetWindowMs = (turn: Turn, receiver: string): number =>
  rateOf(turn.config, receiver)?.perMs ?? 3_600_000;
