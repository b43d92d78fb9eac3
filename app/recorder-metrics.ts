import { Gauge, type Registry } from 'prom-client';
import type { RecorderStatus, StartableFlightRecorder } from '../agent/recorder/flight-recorder.ts';

/** How far back the flight recorder reaches, and everything that it could not keep. Nothing while it does not run. */
export function registerRecorderMetrics(
  registry: Registry,
  recorder: Pick<StartableFlightRecorder, 'status'>,
): void {
  new Gauge({
    name: 'saccade_recorder_seconds_held',
    help: 'Seconds of packets in the large rings: of the processor whose ring reaches back least.',
    registers: [registry],
    collect() {
      this.set(recorder.status()?.secondsHeld ?? 0);
    },
  });
  registerFigures(registry, recorder, {
    name: 'saccade_recorder_packets',
    help: 'Packets recorded, by ring and while following, and those that were not kept and why, since its start.',
    figures: ({ programs, lost }) => ({
      ...programs,
      packets_overwritten_unread: lost.packets,
      story_overwritten_unread: lost.stories,
    }),
  });
  registerFigures(registry, recorder, {
    name: 'saccade_recorder_freezes',
    help: 'Copies made for candidates: held, bytes, expired, evicted for newer ones, trimmed to their limit.',
    figures: ({ freezes }) => ({ ...freezes }),
  });
  registerFigures(registry, recorder, {
    name: 'saccade_recorder_captures',
    help: 'Captures running with the memory that their packets hold, and ended since the start by outcome.',
    figures: ({ captures, heldBytes }) => ({ ...captures, held_bytes: heldBytes }),
  });
  registerFigures(registry, recorder, {
    name: 'saccade_recorder_disk',
    help: 'Finished captures on disk: bytes, files, pruned for newer ones, recovered from an unfinished run, discarded as unreadable.',
    figures: ({ disk }) => ({ ...disk }),
  });
}

interface Figures {
  readonly name: string;
  readonly help: string;
  readonly figures: (status: RecorderStatus) => Readonly<Record<string, number>>;
}

function registerFigures(
  registry: Registry,
  recorder: Pick<StartableFlightRecorder, 'status'>,
  { name, help, figures }: Figures,
): void {
  new Gauge({
    name,
    help,
    labelNames: ['figure'],
    registers: [registry],
    collect() {
      const status = recorder.status();
      if (status === undefined) return;
      for (const [figure, value] of Object.entries(figures(status))) this.set({ figure }, value);
    },
  });
}
