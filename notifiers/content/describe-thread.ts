import type { AlertView } from './alert-view.ts';
import { isActive } from './alert-view.ts';
import { describeLine, describeOver } from './describe-alert.ts';
import { describeGroup } from './describe-group.ts';
import type { MessageContent } from './message-content.ts';
import { createContent } from './message-content.ts';

const lines = (views: readonly AlertView[]): string => views.slice(0, 10).map(describeLine).join('\n');
const active = (views: readonly AlertView[]) => views.filter(({ transition }) => isActive(transition));

export function describeEscalation(views: readonly AlertView[]): MessageContent {
  const { title } = describeGroup(active(views));
  return createContent({
    tone: 'page',
    title: title.replace(/^PAGE: /u, 'Now a page: '),
    summary: lines(active(views)),
  });
}

/** The line that ends a thread; the message itself shows the same. */
export function describeFinish(views: readonly AlertView[]): MessageContent {
  const { title } = describeGroup(views);
  const [only] = views;
  const summary = views.length === 1 && only !== undefined ? describeOver(only.transition) : lines(views);
  return createContent({ tone: 'resolved', title, summary });
}

export function describeRepeat(views: readonly AlertView[]): MessageContent {
  const { title, tone } = describeGroup(active(views));
  return createContent({ tone, title: `Still firing: ${title}`, summary: lines(active(views)) });
}

export const describeMark = (mark: string): MessageContent =>
  createContent({ tone: 'info', title: mark.charAt(0).toUpperCase() + mark.slice(1), summary: '' });
