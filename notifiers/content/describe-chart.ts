import type { AlertView } from './alert-view.ts';
import { direction, isActive } from './alert-view.ts';
import { worstOf } from './describe-group.ts';
import type { MessageContent } from './message-content.ts';
import { createContent } from './message-content.ts';

/** A picture of the worst alert's figures as a message of its own; null: there is no alert. */
export function describeChart(views: readonly AlertView[]): MessageContent | null {
  const worst = worstOf(views)?.transition;
  if (worst === undefined) return null;
  const { fingerprint, episode } = worst;
  const until = isActive(worst) ? 'so far' : 'to its end';
  return createContent(
    { tone: 'info', title: `Value against normal of ${direction(worst)}, ${until}`, summary: '' },
    { chart: { fingerprint, episode, alone: true } },
  );
}

/** The same picture within a message that says more. */
export function withChart(content: MessageContent, views: readonly AlertView[]): MessageContent {
  const worst = worstOf(views)?.transition;
  if (worst === undefined) return content;
  const { fingerprint, episode } = worst;
  return { ...content, chart: { fingerprint, episode, alone: false } };
}
