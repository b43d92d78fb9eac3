import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../clock.ts';
import { openEmbeddedLog, type EmbeddedLog } from '../../embedded/embedded-log.ts';
import type { Topic } from '../../port.ts';
import { silentLogger } from '../../stream-logger.ts';
import { validateEvent } from '../../validate-event.ts';
import { type AdmissionOptions, createAgentAdmission } from '../admission.ts';
import { type AgentAccessOptions, createAgentAccess } from '../agent-access.ts';
import type { CaptureSink } from '../capture-route.ts';
import { createCommandFeed } from '../command-feed.ts';
import { createTakeEvents } from '../events-route.ts';
import { noIngestMetrics } from '../ingest-metrics.ts';
import { createIngestServer, type IngestTls } from '../ingest-server.ts';
import { type ClientTls, createServerClient, type ServerClient } from '../server-client.ts';

export interface DoorOptions {
  readonly access?: AgentAccessOptions;
  readonly tls?: IngestTls;
  readonly admission?: Partial<AdmissionOptions>;
  readonly pressure?: () => string | undefined;
  readonly captures?: CaptureSink;
  /** The folder of the log; default: one of its own. */
  readonly directory?: string;
  readonly port?: number;
}

export interface Door extends AsyncDisposable {
  readonly url: string;
  readonly log: EmbeddedLog;
  connected(): readonly string[];
  client(node: string, options?: ClientOptions): ServerClient;
  ids(topic: Topic): readonly string[];
  stop(): Promise<void>;
}

export interface ClientOptions {
  readonly instance?: string;
  readonly token?: string;
  readonly tls?: ClientTls;
}

/** The door of a server with a log of its own, on a free port. */
export async function openDoor(options: DoorOptions = {}): Promise<Door> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'saccade-door-'));
  const log = openEmbeddedLog({
    path: join(directory, 'log.db'),
    clock: systemClock,
    validate: validateEvent,
  });
  const commands = createCommandFeed({ log, onFatal: () => undefined });
  const admit = createAgentAdmission({
    linkCapture: (capture) => capture,
    nowMs: () => 0,
    ...options.admission,
  });
  const server = createIngestServer({
    host: '127.0.0.1',
    port: options.port ?? 0,
    tls: options.tls,
    authenticate: createAgentAccess(options.access ?? { token: undefined, certificates: false }),
    events: {
      take: createTakeEvents({ producer: log, admit, pressure: options.pressure ?? (() => undefined) }),
      commands,
    },
    captures: options.captures ?? { store: async (_capture, body) => void body.resume() },
    metrics: noIngestMetrics,
    logger: silentLogger,
  });
  await server.start();
  const url = server.url();
  const clients: ServerClient[] = [];

  function client(node: string, { instance = 'i1', token, tls = {} }: ClientOptions = {}): ServerClient {
    const made = createServerClient({
      url,
      node,
      instance,
      version: '0.1.0',
      token: token === undefined ? undefined : async () => token,
      tls: async () => tls,
    });
    clients.push(made);
    return made;
  }

  async function stop(): Promise<void> {
    for (const one of clients) one.close();
    await server.stop();
    log.close();
  }

  return {
    url,
    log,
    connected: () => commands.connected(),
    client,
    ids: (topic) =>
      log.records
        .read([topic], 0, 100_000)
        .flatMap((entry) => (entry.kind === 'record' ? [entry.record.event.id] : [])),
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
}
