import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import type { ConformanceHarness, StartOptions } from '../conformance/harness.ts';
import type { Stage, StreamRecord, Topic } from '../port.ts';
import { createEmbeddedHost, type EmbeddedHost } from './embedded-host.ts';
import { openEmbeddedLog, type EmbeddedLog } from './embedded-log.ts';
import { faultPoints, type FaultPoint, type OnPoint } from './fault-points.ts';

interface Running {
  readonly log: EmbeddedLog;
  readonly host: EmbeddedHost;
}

class EmbeddedHarness implements ConformanceHarness {
  readonly points = faultPoints;
  readonly #directory = mkdtempSync(join(tmpdir(), 'saccade-conformance-'));
  #running: Running | undefined;
  #died = false;
  #fatal: Error | undefined;

  async start(stages: readonly Stage[], options: StartOptions = {}): Promise<void> {
    const { maxBatch = 256, dieAt } = options;
    this.#died = false;
    this.#fatal = undefined;
    const onPoint = dieAt === undefined ? undefined : this.#mortal(dieAt);
    const seam = onPoint === undefined ? {} : { onPoint };
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
    return this.#died;
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

  #mortal(dieAt: { readonly point: string; readonly passage: number }): OnPoint {
    let passages = 0;
    return (point: FaultPoint) => {
      if (point === dieAt.point) passages += 1;
      if (passages >= dieAt.passage) this.#died = true;
      // Nothing follows an acknowledgement that a death could still prevent.
      if (this.#died && point !== 'append:acknowledged') throw new Error(`died at ${point}`);
    };
  }
}

export const createEmbeddedHarness = async (): Promise<ConformanceHarness> => new EmbeddedHarness();
