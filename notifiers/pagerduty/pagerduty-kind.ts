import { defineNotifier } from '../define-notifier.ts';
import { pagerdutyConfigSchema } from './config-schema.ts';
import { createPagerdutyNotifier } from './pagerduty-notifier.ts';

export const pagerdutyKind = defineNotifier({
  kind: 'pagerduty',
  configSchema: pagerdutyConfigSchema,
  form: () => ({ kind: 'state', refreshMs: null }),
  create: createPagerdutyNotifier,
});
