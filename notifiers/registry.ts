import { alertmanagerKind } from './alertmanager/alertmanager-kind.ts';
import type { NotifierKind } from './define-notifier.ts';
import { emailKind } from './email/email-kind.ts';
import { pagerdutyKind } from './pagerduty/pagerduty-kind.ts';
import { slackKind } from './slack/slack-kind.ts';
import { terminalKind } from './terminal/terminal-kind.ts';
import { webhookKind } from './webhook/webhook-kind.ts';

/** Every kind of receiver: one folder and one line here. */
export const notifierKinds: readonly NotifierKind[] = [
  alertmanagerKind,
  emailKind,
  pagerdutyKind,
  slackKind,
  terminalKind,
  webhookKind,
];
