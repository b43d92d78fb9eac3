import { useEffect, useState } from 'preact/hooks';
import { ApiError } from './api-client.ts';
import { html } from './html.ts';

interface Toast {
  readonly text: string;
  readonly tone: 'done' | 'failed';
}

const told = new EventTarget();
const shownMs = 5000;

export function toast(text: string, tone: Toast['tone'] = 'done'): void {
  told.dispatchEvent(new CustomEvent<Toast>('toast', { detail: { text, tone } }));
}

/** Does something and says that it was done, or why not. true: it was. */
export async function act(work: () => Promise<unknown>, done: string): Promise<boolean> {
  try {
    await work();
    toast(done);
    return true;
  } catch (error) {
    toast(error instanceof ApiError ? error.message : String(error), 'failed');
    return false;
  }
}

export function Toasts() {
  const [shown, setShown] = useState<Toast | undefined>();
  useEffect(() => {
    let timer: number | undefined;
    const show = (event: Event): void => {
      clearTimeout(timer);
      setShown((event as CustomEvent<Toast>).detail);
      timer = window.setTimeout(() => setShown(undefined), shownMs);
    };
    told.addEventListener('toast', show);
    return () => told.removeEventListener('toast', show);
  }, []);
  return html`<div class="toasts" role="status" aria-live="polite">
    ${shown && html`<p class=${`toast ${shown.tone}`}>${shown.text}</p>`}
  </div>`;
}
