import { defineNotifier } from '../define-notifier.ts';
import { webhookConfigSchema } from './config-schema.ts';
import { createWebhookNotifier } from './webhook-notifier.ts';

export const webhookKind = defineNotifier({
  kind: 'webhook',
  configSchema: webhookConfigSchema,
  readByPeople: false,
  form: () => ({ kind: 'state', refreshMs: null }),
  create: createWebhookNotifier,
});
