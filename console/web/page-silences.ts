import type { SilenceListView } from '../api/silence-routes.ts';
import { post } from './api-client.ts';
import { useNow } from './clock.ts';
import { fieldOf } from './form-field.ts';
import { formatDuration } from '../../source-text/figures.ts';
import { html } from './html.ts';
import { Badge, Card, Empty, Failure, Lead, Loading } from './parts.ts';
import { act, toast } from './toast.ts';
import { useApi } from './use-api.ts';

const hourMs = 3_600_000;

/** What keeps messages back. Alerts are judged and kept all the same. */
export function SilencesPage() {
  const { data, error, reload } = useApi<{ silences: SilenceListView[] }>('/silences', {
    on: ['silence'],
    everyMs: 15_000,
  });
  if (error && !data) return html`<${Failure} error=${error} />`;
  if (!data) return html`<${Loading} />`;
  return html`<div class="page">
    <h1>Silences</h1>
    <${Lead}
      >A silence keeps messages back, for a time. Alerts are judged and kept all the same, and what was told
      before is still resolved.<//
    >
    <${AddSilence} reload=${reload} />
    <${Card} title="In force and lately ended">
      ${
        data.silences.length === 0
          ? html`<${Empty} title="Nothing is silenced"
              >Before planned work, add a silence above; for one alert, use its page.<//
            >`
          : html`<div class="scroll" tabindex="0" role="region" aria-label="Silences">
              <table>
                <thead>
                  <tr>
                    <th>Matches</th>
                    <th>Why</th>
                    <th>By</th>
                    <th>Left</th>
                    <th></th>
                  </tr>
                </thead>
                <tbody>
                  ${data.silences.map((silence) => html`<${SilenceRow} key=${silence.id} silence=${silence} reload=${reload} />`)}
                </tbody>
              </table>
            </div>`
      }
    <//>
  </div>`;
}

function SilenceRow({ silence, reload }: { readonly silence: SilenceListView; readonly reload: () => void }) {
  const leftMs = Date.parse(silence.ends_at) - useNow();
  const over = silence.expired_by !== null || leftMs <= 0;
  const expire = async (): Promise<void> => {
    if (await act(() => post(`/silences/${silence.id}/expire`), 'Ended: messages go out again')) reload();
  };
  return html`<tr>
    <td class="mono">
      ${silence.matchers.map(({ name, op, value }) => `${name}${op}"${value}"`).join(', ')}
    </td>
    <td>${silence.comment === '' ? html`<span class="muted">no reason given</span>` : silence.comment}</td>
    <td>${silence.created_by}</td>
    <td>
      ${over ? html`<${Badge} tone="expired">${silence.expired_by === null ? 'over' : `ended by ${silence.expired_by}`}<//>` : formatDuration(leftMs)}
    </td>
    <td>${!over && html`<button type="button" onClick=${expire}>End now</button>`}</td>
  </tr>`;
}

function AddSilence({ reload }: { readonly reload: () => void }) {
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const matchers = fieldOf(event, 'matchers').split(',').map(parseMatcher);
    const bad = matchers.findIndex((matcher) => matcher === undefined);
    if (bad >= 0) {
      toast('Write matchers as name=value, name!=value, name=~regex, with commas between', 'failed');
      return;
    }
    const body = {
      matchers,
      duration_ms: Number(fieldOf(event, 'hours')) * hourMs,
      comment: fieldOf(event, 'comment'),
    };
    if (await act(() => post('/silences', body), 'Silenced')) reload();
  };
  return html`<form class="panel" onSubmit=${submit}>
    <label class="grow"
      >Matches<input
        name="matchers"
        required
        placeholder="alertname=RetransmitSpike, workload=deployment/checkout"
    /></label>
    <label>Hours<input name="hours" type="number" min="1" max="8760" value="4" required /></label>
    <label class="grow"
      >Why<input name="comment" maxlength="500" placeholder="planned work on the link"
    /></label>
    <button type="submit" class="primary">Add silence</button>
  </form>`;
}

interface Matcher {
  readonly name: string;
  readonly op: string;
  readonly value: string;
}

function parseMatcher(text: string): Matcher | undefined {
  const [, name, op, value] = /^\s*([A-Za-z_][\w.]*)\s*(=~|!~|!=|=)\s*"?(.*?)"?\s*$/.exec(text) ?? [];
  return name === undefined || op === undefined || value === undefined ? undefined : { name, op, value };
}
