import { libc } from './native.ts';

/** From <bits/signum-generic.h> and <bits/types/__sigset_t.h> of glibc. */
const [sigBlock, sigSetmask] = [0, 2];
const sigsetBytes = 128;

/**
 * Runs synchronous `work` with every signal held back for this thread; they arrive right after. The verifier gives up
 * with EAGAIN as soon as a signal waits, and libbpf's five attempts are soon spent under a profiler's thousand a second.
 */
export function withoutSignals<T>(work: () => T): T {
  const previous = new Uint8Array(sigsetBytes);
  libc().pthread_sigmask(sigBlock, new Uint8Array(sigsetBytes).fill(0xff), previous);
  try {
    return work();
  } finally {
    libc().pthread_sigmask(sigSetmask, previous, null);
  }
}
