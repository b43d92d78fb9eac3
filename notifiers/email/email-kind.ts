import { defineNotifier } from '../define-notifier.ts';
import { emailConfigSchema } from './config-schema.ts';
import { createEmailNotifier } from './email-notifier.ts';

export const emailKind = defineNotifier({
  kind: 'email',
  configSchema: emailConfigSchema,
  form: ({ chart }) => ({ kind: 'letters', charts: chart }),
  create: createEmailNotifier,
});
