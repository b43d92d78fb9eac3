import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

/** Log lines on standard error: for a person on a terminal, as JSON for everything else. */
export function createLogger(level: string, isTerminal: boolean): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const destination = isTerminal
    ? pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' })
    : pino.destination({ fd: 2, sync: true });
  return pino(options, destination);
}
