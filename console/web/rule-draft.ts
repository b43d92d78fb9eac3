import { useEffect, useState } from 'preact/hooks';
import type { Replay } from '../api/rule-routes.ts';
import { post } from './api-client.ts';
import { formatTime } from './format.ts';
import { html } from './html.ts';
import { Badge, Card, Time } from './parts.ts';
import { act } from './toast.ts';

interface Fault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

const typingMs = 400;

/** A rule in the making: edited here, checked as one types, tried over the stored log. */
export function RuleDraft({ initial }: { readonly initial: string }) {
  const [text, setText] = useState(initial);
  const [faults, setFaults] = useState<readonly Fault[] | undefined>();
  const [replay, setReplay] = useState<Replay | undefined>();
  const [running, setRunning] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      post<{ faults: Fault[] }>('/rules/check', { text }).then(
        (answer) => setFaults(answer.faults),
        () => setFaults(undefined),
      );
    }, typingMs);
    return () => clearTimeout(timer);
  }, [text]);
  const run = async (): Promise<void> => {
    setRunning(true);
    await act(
      async () => setReplay(await post<Replay>('/rules/replay', { text })),
      'Replayed over the stored log',
    );
    setRunning(false);
  };
  return html`<${Card}
    title="A rule for this"
    aside="save it as a file under rules.files of the configuration"
  >
    <label class="draft"
      >Rule
      <textarea
        spellcheck="false"
        rows=${text.split('\n').length + 1}
        value=${text}
        onInput=${(event: Event) => setText((event.target as HTMLTextAreaElement).value)}
      ></textarea>
    </label>
    <div role="status">
      ${faults?.length === 0 && html`<p class="good">It compiles.</p>`}
      ${faults?.map((fault) => html`<p class="failure" key=${fault.message}>${`line ${fault.line}, column ${fault.column}: ${fault.message}`}</p>`)}
    </div>
    <div class="actions">
      <button
        type="button"
        class="primary"
        disabled=${running || faults === undefined || faults.length > 0}
        onClick=${run}
      >
        ${running ? 'Judging the stored log…' : 'What would it have done?'}
      </button>
      <button type="button" onClick=${() => act(() => navigator.clipboard.writeText(text), 'Copied')}>
        Copy
      </button>
    </div>
    ${replay && html`<${ReplayResult} replay=${replay} />`}
  <//>`;
}

function ReplayResult({ replay }: { readonly replay: Replay }) {
  const { summary, from_ms: fromMs, to_ms: toMs, records, episodes } = replay;
  const window =
    fromMs === null || toMs === null
      ? 'the log is empty'
      : `${records.toLocaleString('en')} records from ${formatTime(fromMs)} to ${formatTime(toMs)}`;
  return html`<div class="replay">
    <p><strong>${`It ${summary}.`}</strong></p>
    <p class="muted">${window}</p>
    ${
      episodes.length > 0 &&
      html`<div class="scroll" tabindex="0" role="region" aria-label="Episodes">
        <table>
          <thead>
            <tr>
              <th>Began</th>
              <th>Level</th>
              <th>What</th>
              <th>Ended</th>
            </tr>
          </thead>
          <tbody>
            ${episodes.map(
              (one, index) =>
                html`<tr key=${index}>
                  <td><${Time} ms=${one.started_at_ms} /></td>
                  <td><${Badge} tone=${one.level}>${one.level}<//></td>
                  <td>${one.summary}</td>
                  <td>
                    ${one.ended_at_ms === null ? 'still open' : html`<${Time} ms=${one.ended_at_ms} />`}
                  </td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`
    }
  </div>`;
}
