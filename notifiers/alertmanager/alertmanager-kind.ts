import { defineNotifier } from '../define-notifier.ts';
import { createAlertmanagerNotifier } from './alertmanager-notifier.ts';
import { alertmanagerConfigSchema } from './config-schema.ts';

export const alertmanagerKind = defineNotifier({
  kind: 'alertmanager',
  configSchema: alertmanagerConfigSchema,
  // It groups and limits by itself.
  readByPeople: false,
  form: ({ resend }) => ({ kind: 'state', refreshMs: resend }),
  create: createAlertmanagerNotifier,
});
