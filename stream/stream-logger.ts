/** What the stream asks of a logger; pino fits as it is. */
export interface StreamLogger {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

const nothing = (): void => undefined;
export const silentLogger: StreamLogger = { info: nothing, warn: nothing, error: nothing };
