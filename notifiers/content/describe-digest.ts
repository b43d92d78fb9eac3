import type { AlertView } from './alert-view.ts';
import { isActive } from './alert-view.ts';
import { commonFactor } from './common-factor.ts';
import { describeLine } from './describe-alert.ts';
import { toneOf } from './describe-group.ts';
import type { MessageContent } from './message-content.ts';
import { createContent } from './message-content.ts';

const listed = 15;

/** Many alerts in one message: how many, what they share, the first of them. */
export function describeDigest(views: readonly AlertView[], more: number): MessageContent {
  const active = views.filter(({ transition }) => isActive(transition)).length;
  const pages = views.filter(({ transition }) => isActive(transition) && transition.level === 'page').length;
  const total = views.length + more;
  const tone = toneOf(views);
  const title =
    tone === 'resolved'
      ? `Resolved: all ${total} alerts of this digest have ended`
      : `${total} more alerts, told here together: ${active} firing, ${pages} at page level`;
  const common = commonFactor(views.map(({ transition }) => transition));
  const rest = total > listed ? `\n… and ${total - listed} more` : '';
  return createContent(
    { tone, title, summary: `In common: ${common}` },
    {
      sections: [
        { title: 'Alerts', text: views.slice(0, listed).map(describeLine).join('\n') + rest, code: false },
      ],
      actions: [{ label: 'All', command: 'saccade alerts list', url: null }],
      footer: ['max_notifications holds single messages back for now'],
    },
  );
}

export const describeDigestNews = (digest: MessageContent): MessageContent =>
  createContent({ tone: 'page', title: `Now at page level: ${digest.title}`, summary: digest.summary });
