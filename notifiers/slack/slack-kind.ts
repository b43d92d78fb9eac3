import { defineNotifier } from '../define-notifier.ts';
import { slackConfigSchema } from './config-schema.ts';
import { createSlackListener } from './slack-listener.ts';
import { createSlackNotifier } from './slack-notifier.ts';

export const slackKind = defineNotifier({
  kind: 'slack',
  configSchema: slackConfigSchema,
  form: ({ chart }) => ({ kind: 'thread', charts: chart }),
  create: createSlackNotifier,
  listen: createSlackListener,
});
