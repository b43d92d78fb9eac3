/** A part of the program that runs. `stop` is idempotent. */
export interface Component {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface Lifecycle {
  /** Starts in order; when one fails, stops those that run in reverse order and throws what failed. */
  start(): Promise<void>;
  /** Stops in reverse order, each within `stopTimeoutMs`; goes on after a failure and reports all of them at the end. */
  stop(): Promise<void>;
}

export interface LifecycleOptions {
  readonly stopTimeoutMs: number;
}

export function createLifecycle(components: readonly Component[], options: LifecycleOptions): Lifecycle {
  const running: Component[] = [];
  let stopping: Promise<void> | undefined;

  async function start(): Promise<void> {
    for (const component of components) {
      // Whoever stops meanwhile finds what is running; nothing is added to it any more.
      if (stopping !== undefined) throw new Error(`stopped before ${component.name} was started`);
      try {
        // Counted as running before it is: a half-built start is stopped too.
        running.push(component);
        await component.start();
      } catch (error) {
        const failures = await stopAll(running, options.stopTimeoutMs);
        if (failures.length > 0)
          throw new AggregateError([error, ...failures], `${component.name} did not start`, { cause: error });
        throw error;
      }
    }
  }

  async function stopOnce(): Promise<void> {
    const failures = await stopAll(running, options.stopTimeoutMs);
    if (failures.length > 0) throw new AggregateError(failures, 'not everything stopped cleanly');
  }

  return { start, stop: () => (stopping ??= stopOnce()) };
}

async function stopAll(running: Component[], timeoutMs: number): Promise<Error[]> {
  const failures: Error[] = [];
  for (let component = running.pop(); component !== undefined; component = running.pop()) {
    try {
      await within(component.stop(), timeoutMs, component.name);
    } catch (error) {
      failures.push(new Error(`${component.name}: ${String(error)}`, { cause: error }));
    }
  }
  return failures;
}

async function within(work: Promise<void>, timeoutMs: number, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} did not stop within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
