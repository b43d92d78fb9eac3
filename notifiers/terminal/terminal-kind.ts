import { defineNotifier } from '../define-notifier.ts';
import { terminalConfigSchema } from './config-schema.ts';
import { createTerminalNotifier } from './terminal-notifier.ts';

export const terminalKind = defineNotifier({
  kind: 'terminal',
  configSchema: terminalConfigSchema,
  // A log takes all.
  readByPeople: false,
  create: createTerminalNotifier,
});
