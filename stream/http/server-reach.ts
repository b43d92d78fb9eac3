import { Counter, Gauge, type Registry } from 'prom-client';
import type { StreamLogger } from '../stream-logger.ts';
import { ServerError } from './server-error.ts';

export type ServerDoing = 'events' | 'commands' | 'capture';

/** What an agent knows of its server: told once a change, counted always. */
export interface ServerReach {
  worked(doing: ServerDoing): void;
  failed(doing: ServerDoing, error: unknown): void;
  /** Why not, by what was tried; empty: all is well. */
  troubles(): readonly string[];
}

export interface ServerReachOptions {
  readonly url: string;
  readonly logger: StreamLogger;
  readonly registry: Registry;
}

export function createServerReach({ url, logger, registry }: ServerReachOptions): ServerReach {
  const troubles = new Map<ServerDoing, string>();
  const registers = [registry];
  const failures = new Counter({
    name: 'saccade_server_failures_total',
    help: 'Requests to the server that failed and are tried again, by error.',
    labelNames: ['doing', 'code'],
    registers,
  });
  new Gauge({
    name: 'saccade_server_reached',
    help: '1: the last requests to the server worked.',
    registers,
    collect() {
      this.set(troubles.size === 0 ? 1 : 0);
    },
  });
  return {
    worked(doing) {
      if (troubles.delete(doing)) logger.info({ doing, url }, 'the server takes it again');
    },
    failed(doing, error) {
      const code = error instanceof ServerError ? error.code : 'HTTP_FAILED';
      const message = error instanceof Error ? error.message : String(error);
      failures.inc({ doing, code });
      const known = troubles.get(doing);
      troubles.set(doing, message);
      if (known === undefined) logger.warn({ doing, code, url }, `${waiting[doing]}: ${message}`);
    },
    troubles: () => [...troubles].map(([doing, message]) => `${doing}: ${message}`),
  };
}

const waiting: Readonly<Record<ServerDoing, string>> = {
  events: 'events wait on disk for the server',
  commands: 'no capture can be asked for until the server is reached',
  capture: 'a capture waits for the server',
};
