import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import type { CloudEvent } from '../cloud-event.ts';
import type { ConformanceHarness, StartOptions } from '../conformance/harness.ts';
import { StagedDeath } from '../conformance/staged-death.ts';
import { createEmbeddedHost, type EmbeddedHost } from '../embedded/embedded-host.ts';
import { openEmbeddedLog, type EmbeddedLog } from '../embedded/embedded-log.ts';
import { faultPoints } from '../embedded/fault-points.ts';
import type { Stage, StreamRecord, Topic } from '../port.ts';
import { silentLogger } from '../stream-logger.ts';
import { createAgentAccess } from './agent-access.ts';
import { encodeBatch } from './batch-body.ts';
import { createCommandFeed } from './command-feed.ts';
import { createTakeEvents } from './events-route.ts';
import { ingestFaultPoints } from './fault-points.ts';
import { noIngestMetrics } from './ingest-metrics.ts';
import { createIngestServer, type IngestServer } from './ingest-server.ts';
import { batchContentType, eventsPath } from './protocol.ts';
import { createServerClient, type ServerClient } from './server-client.ts';

interface Running {
  readonly log: EmbeddedLog;
  readonly host: EmbeddedHost;
  readonly server: IngestServer;
  readonly client: ServerClient;
}

export const httpPoints = [...ingestFaultPoints, ...faultPoints] as const;

/** A server over an embedded log, appended to by requests as an agent makes them. */
class HttpHarness implements ConformanceHarness {
  readonly points = httpPoints;
  readonly #directory = mkdtempSync(join(tmpdir(), 'saccade-http-'));
  #running: Running | undefined;
  #last: Promise<void> = Promise.resolve();
  readonly #death = new StagedDeath();
  #fatal: Error | undefined;

  async start(stages: readonly Stage[], options: StartOptions = {}): Promise<void> {
    const { maxBatch = 256, dieAt } = options;
    this.#fatal = undefined;
    const seam = this.#death.prepare(dieAt, 'append:acknowledged');
    const log = openEmbeddedLog({ path: join(this.#directory, 'log.db'), clock: systemClock, ...seam });
    const onFatal = (error: Error): void => void (this.#fatal = error);
    const common = { log, stages, clock: systemClock, tickIntervalMs: 0, maxBatch, onFatal, ...seam };
    const host = createEmbeddedHost(common);
    const server = this.#serve(log, seam);
    await server.start();
    const client = createServerClient({
      url: server.url(),
      node: 'n1',
      instance: 'i1',
      version: '0',
      token: undefined,
      tls: async () => ({}),
    });
    this.#running = { log, host, server, client };
    host.start();
  }

  #serve(log: EmbeddedLog, seam: ReturnType<StagedDeath['prepare']>): IngestServer {
    const take = createTakeEvents({
      producer: log,
      // What the suite appends no agent would send; the door is tested where it is.
      admit: (member) => ({ topic: 'signals', event: member as CloudEvent }),
      pressure: () => undefined,
      ...seam,
    });
    return createIngestServer({
      host: '127.0.0.1',
      port: 0,
      tls: undefined,
      authenticate: createAgentAccess({ token: undefined, certificates: false }),
      events: { take, commands: createCommandFeed({ log, onFatal: () => undefined }) },
      captures: { store: async () => undefined },
      metrics: noIngestMetrics,
      logger: silentLogger,
    });
  }

  /** One after the other, as an agent does. */
  append(_topic: Topic, events: readonly CloudEvent[]): Promise<void> {
    const answered = this.#last.then(() => this.#post(events));
    this.#last = answered.catch(() => undefined);
    return answered;
  }

  async #post(events: readonly CloudEvent[]): Promise<void> {
    const headers = { 'content-type': batchContentType, 'content-encoding': 'zstd' };
    const body = await encodeBatch(events);
    const { signal } = new AbortController();
    const request = { method: 'POST', path: eventsPath, headers, body, silenceMs: 10_000, signal } as const;
    await this.#current().client.send(request);
  }

  idle(): Promise<void> {
    return this.#current().host.idle();
  }

  died(): boolean {
    return this.#death.happened;
  }

  fatal(): Error | undefined {
    return this.#fatal;
  }

  async read(topic: Topic): Promise<readonly StreamRecord[]> {
    const entries = this.#current().log.records.read([topic], 0, 100_000);
    return entries.flatMap((entry) => (entry.kind === 'record' ? [entry.record] : []));
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    running?.client.close();
    await running?.server.stop();
    await running?.host.stop();
    running?.log.close();
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #current(): Running {
    if (this.#running === undefined) throw new Error('the harness is not started');
    return this.#running;
  }
}

export const createHttpHarness = async (): Promise<ConformanceHarness> => new HttpHarness();
