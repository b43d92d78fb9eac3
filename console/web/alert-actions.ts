import { useState } from 'preact/hooks';
import type { AlertView } from '../api/alert-view.ts';
import { post } from './api-client.ts';
import { fieldOf } from './form-field.ts';
import { html } from './html.ts';
import { alertPath } from './parts.ts';
import { act } from './toast.ts';

interface AlertActionsProps {
  readonly alert: AlertView;
  readonly canCapture: boolean;
  readonly reload: () => void;
}

const hourMs = 3_600_000;
const durations = [
  { text: '1 hour', ms: hourMs },
  { text: '4 hours', ms: 4 * hourMs },
  { text: '1 day', ms: 24 * hourMs },
  { text: '1 week', ms: 168 * hourMs },
] as const;

/** What one may do about it. Everything is undone elsewhere, so only "this is normal" asks once more. */
export function AlertActions({ alert, canCapture, reload }: AlertActionsProps) {
  const [silencing, setSilencing] = useState(false);
  const [accepting, setAccepting] = useState(false);
  const open = alert.ended_at_ms === null;
  const path = alertPath(alert);
  const run = async (work: () => Promise<unknown>, done: string): Promise<void> => {
    if (await act(work, done)) reload();
  };
  const judge = (verdict: 'useful' | 'noise'): Promise<void> => {
    const given = alert.verdict === verdict ? null : verdict;
    return run(
      () => post(`${path}/verdict`, { verdict: given }),
      given === null ? 'Verdict taken back' : `Noted: ${given}`,
    );
  };
  const accept = async (): Promise<void> => {
    setAccepting(false);
    await run(() => post(`${path}/accept`), 'What this key does now counts as normal');
  };
  return html`<div class="actions" role="group" aria-label="Actions">
    ${open && alert.acknowledged_by === null && html`<button type="button" class="primary" onClick=${() => run(() => post(`${path}/acknowledge`), 'It is yours')}>Acknowledge</button>`}
    <button type="button" aria-expanded=${silencing} onClick=${() => setSilencing(!silencing)}>
      Silence…
    </button>
    ${canCapture && html`<button type="button" onClick=${() => run(() => post(`${path}/capture`), 'Capturing: from 10 s before now, 20 s on')}>Capture now</button>`}
    ${open && html`<button type="button" aria-expanded=${accepting} onClick=${() => setAccepting(!accepting)}>This is normal…</button>`}
    <span class="verdicts" role="group" aria-label="Verdict">
      <span class="muted">Was it</span>
      <button type="button" aria-pressed=${alert.verdict === 'useful'} onClick=${() => judge('useful')}>
        useful
      </button>
      <span class="muted">or</span>
      <button type="button" aria-pressed=${alert.verdict === 'noise'} onClick=${() => judge('noise')}>
        noise</button
      ><span class="muted">?</span>
    </span>
    ${
      silencing &&
      html`<${SilenceForm}
        alert=${alert}
        done=${() => {
          setSilencing(false);
          reload();
        }}
      />`
    }
    ${
      accepting &&
      html`<div class="panel">
        <p>
          From now on what this key does counts as normal: the alert ends, and the next one needs more than
          this.
        </p>
        <button type="button" class="primary" onClick=${accept}>Yes, this is normal</button>
        <button type="button" onClick=${() => setAccepting(false)}>No</button>
      </div>`
    }
  </div>`;
}

function SilenceForm({ alert, done }: { readonly alert: AlertView; readonly done: () => void }) {
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const body = { duration_ms: Number(fieldOf(event, 'duration')), comment: fieldOf(event, 'comment') };
    if (
      await act(
        () => post(`${alertPath(alert)}/silence`, body),
        'Silenced; it is judged and kept all the same',
      )
    )
      done();
  };
  return html`<form class="panel" onSubmit=${submit}>
    <label
      >For
      <select name="duration">
        ${durations.map(({ text, ms }) => html`<option value=${ms}>${text}</option>`)}
      </select></label
    >
    <label class="grow"
      >Why <input name="comment" placeholder="for whoever wonders later" maxlength="500"
    /></label>
    <button type="submit" class="primary">Silence</button>
  </form>`;
}
