import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { LiveChange } from '../ports.ts';
import { ApiError, get } from './api-client.ts';
import { onLine, onLive } from './live.ts';

export interface Loaded<T> {
  /** The last answer; stays while a newer one is fetched. */
  readonly data: T | undefined;
  readonly error: ApiError | undefined;
  readonly reload: () => void;
}

export interface UseApiOptions {
  /** Asks again after changes of these kinds. */
  readonly on?: readonly LiveChange['kind'][];
  readonly everyMs?: number;
}

/** Changes come in bursts; one look is enough for all of them. */
const settleMs = 300;

/** Asks the API, and again when something changes or may have changed unseen. `path` undefined: asks nothing. */
export function useApi<T>(path: string | undefined, { on = [], everyMs }: UseApiOptions = {}): Loaded<T> {
  const [state, setState] = useState<{ path: string | undefined; data?: T; error?: ApiError }>({ path });
  const [round, setRound] = useState(0);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  const pending = useRef<number | undefined>(undefined);

  useEffect(() => {
    if (path === undefined) return;
    let asked = true;
    get<T>(path).then(
      (data) => {
        if (asked) setState({ path, data });
      },
      (error: unknown) => {
        if (!asked) return;
        const shown = error instanceof ApiError ? error : new ApiError(0, String(error));
        setState((before) => ({ ...(before.path === path ? before : { path }), error: shown }));
      },
    );
    return () => {
      asked = false;
    };
  }, [path, round]);

  useEffect(() => {
    const timer = everyMs === undefined ? undefined : setInterval(() => document.hidden || reload(), everyMs);
    const end = onLive((change) => {
      if (!on.includes(change.kind) || pending.current !== undefined) return;
      pending.current = window.setTimeout(() => {
        pending.current = undefined;
        reload();
      }, settleMs);
    });
    const endLine = onLine('back', reload);
    return () => {
      clearInterval(timer);
      clearTimeout(pending.current);
      pending.current = undefined;
      end();
      endLine();
    };
  }, [on.join(), everyMs]);

  const current = state.path === path ? state : { data: undefined, error: undefined };
  return { data: current.data, error: current.error, reload };
}
