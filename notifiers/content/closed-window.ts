import type { AlertView } from './alert-view.ts';
import { direction, isActive } from './alert-view.ts';
import { isOfLoss } from './broken-ways.ts';

/**
 * An alert of loss whose packets show that the peer takes nothing. A program that stops reading makes its kernel drop
 * what no longer fits, which is sent again; that it is the window shows seconds before the rule for it may speak.
 */
export function isHeldByPeer({ transition, captures, isPeerShut }: AlertView): boolean {
  if (!isOfLoss(transition)) return false;
  const told = captures.findLast(({ summary }) => summary !== null);
  return told === undefined ? isPeerShut === true : told.summary?.peer_shut === true;
}

/** The alert that says why the first one resends: that its peer does not read. It stands for the message then. */
export function explainedFirst(views: readonly AlertView[]): readonly AlertView[] {
  const [first] = views;
  if (first === undefined || !isOfLoss(first.transition)) return views;
  const reason = views.find(
    ({ transition }) =>
      transition.measure === 'zero_window_sockets' &&
      isActive(transition) &&
      direction(transition) === direction(first.transition),
  );
  return reason === undefined ? views : [reason, ...views.filter((view) => view !== reason)];
}
