import type { AlertFacts } from '../content/alert-facts.ts';
import { boundAlerts } from '../content/bound-alerts.ts';
import { boundContent } from '../content/bound-content.ts';
import type { MessageContent } from '../content/message-content.ts';
import { cut } from '../content/plain-line.ts';
import { alertsOfDelivery } from '../content/alerts-of-delivery.ts';
import { shortHash } from '../group-key.ts';
import type { Delivery } from '../notifier.ts';
import type { PagerdutyConfig, PagerdutySeverity } from './config-schema.ts';

/** https://developer.pagerduty.com/docs/events-api-v2-overview: longer ones are refused or cut there. */
const summaryLimit = 1_024;
const fieldLimit = 1_024;

export type PagerdutyAction = 'trigger' | 'acknowledge' | 'resolve';

/** One incident a message: whatever is told of it carries the same key, so a repeat changes nothing. */
export const dedupKeyOf = ({ purpose, group, groupId }: Delivery): string =>
  // A receiver's trouble and its end are two messages; to PagerDuty they are one incident.
  purpose === 'problem' ? `saccade-${shortHash(group)}` : `saccade-${groupId}`;

/** What the state of a message means for its incident. */
export function actionOf({ content, alerts }: Delivery): PagerdutyAction {
  if (content.tone === 'resolved') return 'resolve';
  const firing = alerts.filter(({ state }) => state === 'firing');
  return firing.length > 0 && firing.every((one) => one.acknowledged_by !== null) ? 'acknowledge' : 'trigger';
}

/** An event of the Events API v2, within its limits; what had to be cut ends in an ellipsis. */
export function pagerdutyEvent(delivery: Delivery, config: PagerdutyConfig, routingKey: string): object {
  const action = actionOf(delivery);
  const common = { routing_key: routingKey, event_action: action, dedup_key: dedupKeyOf(delivery) };
  if (action !== 'trigger') return common;
  const content = boundContent(delivery.content);
  return {
    ...common,
    client: 'Saccade',
    ...(config.client_url !== undefined && { client_url: config.client_url }),
    links: linksOf(content),
    payload: payloadOf(delivery, content, config),
  };
}

function payloadOf(delivery: Delivery, content: MessageContent, config: PagerdutyConfig): object {
  const alerts = alertsOfDelivery(delivery, '');
  const [first] = alerts;
  const labels = first?.labels ?? {};
  const headline = content.summary === '' ? content.title : `${content.title}: ${content.summary}`;
  return {
    summary: cut(headline.replaceAll('\n', '; '), summaryLimit),
    source: cut(labels['workload'] ?? labels['cluster'] ?? 'saccade', fieldLimit),
    severity: severityOf(content.tone, config),
    timestamp: new Date(first?.started_at_ms ?? delivery.firstAttemptMs).toISOString(),
    ...optional('component', labels['peer']),
    ...optional('group', labels['namespace']),
    ...optional('class', labels['alert']),
    custom_details: detailsOf(delivery.alerts.length === 0 ? [] : alerts, content),
  };
}

const optional = (name: string, value: string | undefined): object =>
  value === undefined || value === '' ? {} : { [name]: cut(value, fieldLimit) };

function severityOf(tone: MessageContent['tone'], { severity }: PagerdutyConfig): PagerdutySeverity {
  switch (tone) {
    case 'page':
      return severity.page;
    case 'notice':
      return severity.notice;
    case 'problem':
      return 'error';
    case 'info':
    case 'resolved':
      return 'info';
    default:
      return tone satisfies never;
  }
}

/** As PagerDuty shows them: one row a key. */
function detailsOf(alerts: readonly AlertFacts[], content: MessageContent): object {
  const commands = content.actions.flatMap(({ label, command }) =>
    command === null ? [] : [[label, command]],
  );
  const bounded = boundAlerts(alerts);
  return {
    summary: content.summary,
    ...Object.fromEntries(content.facts.map(({ name, value }) => [name, value])),
    ...Object.fromEntries(content.sections.map(({ title, text }) => [title, text])),
    ...Object.fromEntries(commands as [string, string][]),
    ...(content.footer.length > 0 && { notes: content.footer.join('; ') }),
    ...(bounded.alerts.length > 0 && {
      alerts: bounded.alerts.map(({ id, labels, value }) => ({ id, value, ...labels })),
    }),
    ...(bounded.truncated > 0 && { alerts_left_out: bounded.truncated }),
  };
}

const linksOf = ({ actions }: MessageContent): readonly { readonly href: string; readonly text: string }[] =>
  actions.flatMap(({ label, url }) =>
    url !== null && /^https?:\/\//u.test(url) && URL.canParse(url)
      ? [{ href: new URL(url).href, text: label }]
      : [],
  );
