import { LogLevel } from '@slack/web-api';
import type { Logger } from '@slack/web-api';

/** Slack's libraries would log request bodies and errors; what matters comes back as results. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};
