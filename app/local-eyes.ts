import { createObservationSource } from './observation-source.ts';
import { createObserver } from './observer.ts';
import type { OpenEyes } from './eyes.ts';

/** This machine's kernel. `bpfDirectory` holds `build/ARCH/*.bpf.o`. */
export function openLocalEyes(bpfDirectory: string): OpenEyes {
  return ({ loaded, log, registry, logger, nameBatch, note }) => {
    const { config, directory, dataDirectory } = loaded;
    const source = createObservationSource(log, config.node, (error, lost) => {
      // Told at 1, 2, 4, 8, …: a log that takes nothing must not fill the other one.
      if ((lost & (lost - 1)) === 0)
        logger.error({ err: error, lost }, 'observations were not taken by the log');
    });
    const observer = createObserver({
      config,
      directory,
      dataDirectory,
      bpfDirectory,
      emit(batch) {
        const named = nameBatch(batch);
        note(named);
        source.emit(named);
      },
      logger,
      registry,
    });
    const unavailable = config.captures.enabled
      ? (observer.machine?.reason ?? 'the flight recorder does not run')
      : 'captures are switched off';
    return {
      ...observer,
      captures: { recorder: observer.recorder, unavailable },
      observed: () => source.emitted(),
    };
  };
}
