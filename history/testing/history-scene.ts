import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudEvent } from '../../stream/cloud-event.ts';
import { createEmbeddedHost, type EmbeddedHost } from '../../stream/embedded/embedded-host.ts';
import { openEmbeddedLog, type EmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import type { Topic } from '../../stream/port.ts';
import { validateEvent } from '../../stream/validate-event.ts';
import type { HistoryReader } from '../history-reader.ts';
import { createHistory, type History } from '../history.ts';
import { defaultHistoryLimits, type HistoryLimits } from '../retention.ts';
import { startMs } from './sample-events.ts';

interface Running {
  readonly log: EmbeddedLog;
  readonly history: History;
  readonly host: EmbeddedHost;
}

/** A log with its host and the history, in a folder of its own, under a clock that the test holds. */
export class HistoryScene {
  readonly #directory = mkdtempSync(join(tmpdir(), 'saccade-history-'));
  nowMs = startMs;
  /** Observations that were not kept. */
  dropped = 0;
  #running: Running;

  constructor() {
    this.#running = this.#open({});
  }

  get path(): string {
    return join(this.#directory, 'log.db');
  }
  get log(): EmbeddedLog {
    return this.#running.log;
  }
  get reader(): HistoryReader {
    return this.#running.history.reader;
  }

  /** Appends and waits until it is written down. Throws if something could not be taken. */
  async append(topic: Topic, ...events: readonly CloudEvent[]): Promise<void> {
    await this.offer(topic, ...events);
    const dead = this.log.records.read(['dead'], 0, 10);
    if (dead.length > 0) throw new Error(`dead letters: ${JSON.stringify(dead)}`);
  }

  /** The same, whatever becomes of it. */
  async offer(topic: Topic, ...events: readonly CloudEvent[]): Promise<void> {
    await this.log.append(topic, events);
    await this.#running.host.idle();
  }

  retain(): Promise<void> {
    return this.#running.history.retention.run();
  }

  async restart(limits: Partial<HistoryLimits> = {}): Promise<void> {
    await this.close();
    this.#running = this.#open(limits);
  }

  async close(): Promise<void> {
    if (!this.log.database.isOpen) return;
    await this.#running.history.retention.stop();
    await this.#running.host.stop();
    this.log.close();
  }

  async dispose(): Promise<void> {
    await this.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #open(limits: Partial<HistoryLimits>): Running {
    const clock = { nowMs: () => this.nowMs };
    const log = openEmbeddedLog({ path: this.path, clock, validate: validateEvent });
    const history = createHistory({
      database: log.database,
      clock,
      limits: { ...defaultHistoryLimits, ...limits },
      onDropped: (count) => (this.dropped += count),
    });
    const onFatal = (error: Error): never => {
      throw error;
    };
    const host = createEmbeddedHost({ log, stages: [history.stage], clock, tickIntervalMs: 0, onFatal });
    host.start();
    return { log, history, host };
  }
}
