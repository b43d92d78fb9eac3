import { useEffect, useState } from 'preact/hooks';
import type { LiveChange } from '../ports.ts';

type Listener = (change: LiveChange) => void;

/** `since_ms`: since when nothing can have reached this page; undefined while changes arrive as they happen. */
interface LiveState {
  readonly connected: boolean;
  readonly sinceMs: number | undefined;
}

/** The server says something every 15 s at least: silence for longer than two of these is a dead line. */
const heartbeatMs = 15_000;
const silentMs = 2.5 * heartbeatMs;
/** As the server asks of browsers, for the cases that they give up in. */
const againMs = 2000;

const listeners = new Set<Listener>();
const told = new EventTarget();
let source: EventSource | undefined;
let watch: number | undefined;
let again: number | undefined;
let heardMs = 0;
let state: LiveState = { connected: false, sinceMs: undefined };

/** Follows the server's changes until `stopLive`, and connects again for as long as it takes. */
export function startLive(): void {
  if (source !== undefined) return;
  heardMs = Date.now();
  open();
  watch = window.setInterval(() => {
    if (source?.readyState === EventSource.OPEN && Date.now() - heardMs > silentMs) reopen();
  }, heartbeatMs / 3);
}

export function stopLive(): void {
  clearInterval(watch);
  clearTimeout(again);
  source?.close();
  source = undefined;
  state = { connected: false, sinceMs: undefined };
}

function open(): void {
  source = new EventSource('/api/v1/events');
  source.addEventListener('change', (event) => {
    heardMs = Date.now();
    const change = JSON.parse((event as MessageEvent<string>).data) as LiveChange;
    for (const listener of listeners) listener(change);
  });
  source.addEventListener('heartbeat', () => {
    heardMs = Date.now();
  });
  source.addEventListener('open', connect);
  source.addEventListener('error', () => {
    lose();
    // An answer that is no stream (401, a proxy's 502): the browser does not try that again by itself.
    if (source?.readyState !== EventSource.CLOSED) return;
    told.dispatchEvent(new Event('refused'));
    clearTimeout(again);
    again = window.setTimeout(reopen, againMs);
  });
}

function reopen(): void {
  source?.close();
  lose();
  open();
}

function connect(): void {
  heardMs = Date.now();
  const missed = state.sinceMs !== undefined;
  set({ connected: true, sinceMs: undefined });
  if (missed) told.dispatchEvent(new Event('back'));
}

/** A machine that slept hears of the loss when it wakes: then the line was dead since it last spoke. */
function lose(): void {
  const nowMs = Date.now();
  const lostMs = nowMs - heardMs > heartbeatMs + againMs ? heardMs : nowMs;
  set({ connected: false, sinceMs: state.sinceMs ?? lostMs });
}

function set(next: LiveState): void {
  state = next;
  told.dispatchEvent(new Event('state'));
}

export function onLive(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** `back`: connected again, changes may have been missed. `refused`: the server answers, but not with changes. */
export function onLine(what: 'back' | 'refused', listener: () => void): () => void {
  told.addEventListener(what, listener);
  return () => told.removeEventListener(what, listener);
}

/** Whether changes arrive as they happen. */
export function useLive(): LiveState {
  const [now, setNow] = useState(state);
  useEffect(() => {
    const update = (): void => setNow(state);
    update();
    told.addEventListener('state', update);
    return () => told.removeEventListener('state', update);
  }, []);
  return now;
}
