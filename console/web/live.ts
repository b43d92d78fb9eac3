import { useEffect, useState } from 'preact/hooks';
import type { LiveChange } from '../ports.ts';

type Listener = (change: LiveChange) => void;
const listeners = new Set<Listener>();
const stateChanged = new EventTarget();
let source: EventSource | undefined;
let connected = false;

/** Follows the server's changes; the browser connects again by itself. */
export function startLive(): void {
  if (source !== undefined) return;
  source = new EventSource('/api/v1/events');
  source.addEventListener('change', (event) => {
    const change = JSON.parse((event as MessageEvent<string>).data) as LiveChange;
    for (const listener of listeners) listener(change);
  });
  const tell = (now: boolean) => () => {
    connected = now;
    stateChanged.dispatchEvent(new Event('state'));
  };
  source.addEventListener('open', tell(true));
  source.addEventListener('error', tell(false));
}

export function onLive(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** true: changes arrive as they happen. */
export function useConnected(): boolean {
  const [now, setNow] = useState(connected);
  useEffect(() => {
    const update = (): void => setNow(connected);
    update();
    stateChanged.addEventListener('state', update);
    return () => stateChanged.removeEventListener('state', update);
  }, []);
  return now;
}
