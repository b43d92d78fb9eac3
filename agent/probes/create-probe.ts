import type { Probe, ProbeContext, ProbeHealth, ProbeRow, ProbeStart } from '../probe.ts';

/** A probe's programs while they are attached. */
export interface RunningProbe {
  collect(): readonly ProbeRow[];
  health(): ProbeHealth;
  stop(): void | Promise<void>;
}

export type ProbeRun =
  | (ProbeStart & { readonly attached: false })
  | { readonly attached: true; readonly notes: readonly string[]; readonly running: RunningProbe };

export interface CreateProbeOptions extends Pick<Probe, 'name' | 'signals'> {
  /** Leaves nothing behind where it throws. */
  readonly run: (context: ProbeContext) => Promise<ProbeRun>;
}

/** A probe that is nothing but what runs between start and stop. */
export function createProbe({ name, signals, run }: CreateProbeOptions): Probe {
  let running: RunningProbe | undefined;
  return {
    name,
    signals,
    async start(context) {
      const started = await run(context);
      if (!started.attached) return started;
      running = started.running;
      return { attached: true, notes: started.notes };
    },
    collect: () => running?.collect() ?? [],
    health: () => running?.health() ?? { counters: {}, mapFullness: {} },
    async stop() {
      const stopping = running;
      running = undefined;
      await stopping?.stop();
    },
  };
}
