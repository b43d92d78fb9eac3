import koffi from 'koffi';
import { BpfError } from './errors.ts';
import { lastErrno, libbpf, viewMemory, type Pointer } from './native.ts';
import type { BpfMap, RingBufferReader } from './port.ts';

/**
 * Follows a ring buffer map. The event loop itself waits on the ring's epoll descriptor, so there is neither a
 * thread nor a timer: nothing runs while no event comes.
 *
 * What `onEvent` throws is thrown on once the ring is drained: an unknown failure must not be skipped silently.
 */
export function createRingBufferReader(map: BpfMap): RingBufferReader {
  let running: Following | undefined;
  return {
    start(onEvent) {
      if (running !== undefined)
        throw new BpfError('ring_buffer', `ring buffer ${map.name} is already followed`);
      running = follow(map, onEvent);
    },
    drain: () => running?.drain(),
    async stop() {
      const stopping = running;
      running = undefined;
      stopping?.stop();
    },
  };
}

interface Following {
  drain(): void;
  stop(): void;
}

function follow(map: BpfMap, onEvent: (event: Uint8Array) => void): Following {
  let failure: unknown;
  const callback = koffi.register(
    (_context: null, data: Pointer, size: number): number => {
      try {
        onEvent(viewMemory(data, Number(size)));
      } catch (error) {
        failure ??= error;
      }
      return 0;
    },
    koffi.pointer(koffi.proto('int (void *ctx, void *data, size_t size)')),
  );
  const ring = libbpf().ring_buffer__new(map.fd, callback, null, null);
  if (ring === null) {
    const errno = lastErrno();
    koffi.unregister(callback);
    throw new BpfError('ring_buffer', `open ring buffer ${map.name}`, { errno });
  }
  const drain = (): void => {
    libbpf().ring_buffer__consume(ring);
    const thrown = failure;
    failure = undefined;
    if (thrown !== undefined) throw thrown as Error;
  };
  const poll = koffi.node.poll(libbpf().ring_buffer__epoll_fd(ring), { readable: true }, drain);
  const stop = (): void => {
    poll.stop();
    poll.close();
    try {
      drain();
    } finally {
      libbpf().ring_buffer__free(ring);
      koffi.unregister(callback);
    }
  };
  return { drain, stop };
}
