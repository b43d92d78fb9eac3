import { pathToFileURL } from 'node:url';
import { type EventFunction, FunctionError, type ReturnedEvent } from './event-function.ts';

type Exported = (event: unknown, context: { readonly signal: AbortSignal }) => unknown;

/**
 * A function in this process: the default export of a module, called as `(event, {signal})`; it gives back nothing, an
 * event or a list of events. Throws, with what is wrong, when the module cannot be loaded or exports no function.
 */
export async function loadModuleFunction(path: string): Promise<EventFunction> {
  const exported = await loadDefault(path);
  return async (event, signal) => {
    try {
      return toReturned(await untilAborted(exported(structuredClone(event), { signal }), signal));
    } catch (error) {
      if (error instanceof FunctionError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new FunctionError('failed', `it threw: ${why}`, { retryable: true, cause: error });
    }
  };
}

async function loadDefault(path: string): Promise<Exported> {
  const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  if (typeof module.default !== 'function')
    throw new Error(`${path} has no default export that is a function`);
  return module.default as Exported;
}

/** A module that does not heed its signal must not hold its place for ever. */
function untilAborted(work: unknown, signal: AbortSignal): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const onAbort = (): void => reject(new Error('time-out'));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  void Promise.resolve(work)
    .then(resolve, reject)
    .finally(() => signal.removeEventListener('abort', onAbort));
  return promise;
}

function toReturned(value: unknown): readonly ReturnedEvent[] {
  if (value === undefined || value === null) return [];
  return [value].flat().map((item: unknown) => {
    if (typeof item !== 'object' || item === null || !('type' in item) || typeof item.type !== 'string')
      throw new FunctionError('answer', 'what it returned is no event: `type` is missing', {
        retryable: false,
      });
    return { type: item.type, data: 'data' in item ? item.data : {} };
  });
}
