import { useEffect, useState } from 'preact/hooks';
import { formatAge } from '../../source-text/figures.ts';
import { useNow } from './clock.ts';
import { html } from './html.ts';
import { useLive } from './live.ts';
import { Time } from './parts.ts';
import { toast } from './toast.ts';

/** A line that is cut and comes back within this is not worth a word: rights are judged anew that way, too. */
const graceMs = 4000;

/** Says that what the page shows is old, since when, and that nobody has to do anything about it. */
export function StaleBanner() {
  const { sinceMs } = useLive();
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (sinceMs !== undefined) {
      const timer = setTimeout(() => setShown(true), graceMs);
      return () => clearTimeout(timer);
    }
    if (shown) toast('Saccade answers again: the page is up to date');
    setShown(false);
    return undefined;
  }, [sinceMs]);
  // Always there, and filled later: otherwise it is not read aloud.
  return html`<div class="stale-holder" role="status">
    ${shown && sinceMs !== undefined && html`<${Stale} sinceMs=${sinceMs} />`}
  </div>`;
}

function Stale({ sinceMs }: { readonly sinceMs: number }) {
  const nowMs = useNow();
  return html`<p class="stale">
    <strong>Not updated since <${Time} ms=${sinceMs} /></strong>
    <span aria-hidden="true">(${formatAge(nowMs - sinceMs)} ago)</span>
    <span>The server does not answer: what shows here is old. This page keeps trying by itself.</span>
  </p>`;
}
