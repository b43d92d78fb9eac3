import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import type { ConformanceHarness, StartOptions } from '../conformance/harness.ts';
import { StagedDeath } from '../conformance/staged-death.ts';
import type { Stage, StreamRecord, Topic } from '../port.ts';
import { createEmbeddedHost, type EmbeddedHost } from './embedded-host.ts';
import { openEmbeddedLog, type EmbeddedLog } from './embedded-log.ts';
import { faultPoints } from './fault-points.ts';

interface Running {
  readonly log: EmbeddedLog;
  readonly host: EmbeddedHost;
}

class EmbeddedHarness implements ConformanceHarness {
  readonly points = faultPoints;
  readonly #directory = mkdtempSync(join(tmpdir(), 'saccade-conformance-'));
  #running: Running | undefined;
  readonly #death = new StagedDeath();
  #fatal: Error | undefined;

  async start(stages: readonly Stage[], options: StartOptions = {}): Promise<void> {
    const { maxBatch = 256, dieAt } = options;
    this.#fatal = undefined;
    const seam = this.#death.prepare(dieAt, 'append:acknowledged');
    const log = openEmbeddedLog({ path: join(this.#directory, 'log.db'), clock: systemClock, ...seam });
    const onFatal = (error: Error): void => {
      this.#fatal = error;
    };
    const host = createEmbeddedHost({
      log,
      stages,
      clock: systemClock,
      tickIntervalMs: 0,
      maxBatch,
      onFatal,
      ...seam,
    });
    this.#running = { log, host };
    host.start();
  }

  append(topic: Topic, events: Parameters<EmbeddedLog['append']>[1]): Promise<void> {
    return this.#current().log.append(topic, events);
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
    return this.#current()
      .log.records.read([topic], 0, 100_000)
      .flatMap((entry) => (entry.kind === 'record' ? [entry.record] : []));
  }

  async stop(): Promise<void> {
    await this.#running?.host.stop();
    this.#running?.log.close();
    this.#running = undefined;
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

export const createEmbeddedHarness = async (): Promise<ConformanceHarness> => new EmbeddedHarness();
