import { useState } from 'preact/hooks';
import type { CaptureView } from '../api/capture-view.ts';
import { post } from './api-client.ts';
import { CaptureCard } from './capture-card.ts';
import { fieldOf } from './form-field.ts';
import { formatBytes, formatCount } from '../../source-text/figures.ts';
import { shortName } from './format.ts';
import { html } from './html.ts';
import { Badge, Card, type Column, Empty, Failure, Lead, Loading, TableHead, Time } from './parts.ts';
import { Link } from './router.ts';
import { act } from './toast.ts';
import { useApi } from './use-api.ts';

/** Packets that were kept, and a way to ask for more. */
export function CapturesPage() {
  const { data, error, reload } = useApi<{ captures: CaptureView[] }>('/captures', {
    on: ['capture'],
    everyMs: 15_000,
  });
  const [open, setOpen] = useState<string | undefined>();
  if (error && !data) return html`<${Failure} error=${error} />`;
  if (!data) return html`<${Loading} />`;
  const shown = data.captures.find(({ id }) => id === open);
  return html`<div class="page">
    <h1>Captures</h1>
    <${Lead}
      >Packets of alerts, from before and after: what was on the wire when it began. Each can be read here or
      downloaded for Wireshark.<//
    >
    <${StartCapture} reload=${reload} />
    <${Card}>
      ${
        data.captures.length === 0
          ? html`<${Empty} title="Nothing was captured yet"
              >Alerts bring their packets by themselves; ask for others above.<//
            >`
          : html`<div class="scroll" tabindex="0" role="region" aria-label="Captures">
              <table>
                <${TableHead} columns=${columns} />
                <tbody>
                  ${data.captures.map((entry) => html`<${CaptureRow} key=${entry.id} entry=${entry} open=${open === entry.id} toggle=${() => setOpen(open === entry.id ? undefined : entry.id)} />`)}
                </tbody>
              </table>
            </div>`
      }
    <//>
    ${shown && html`<${CaptureCard} key=${shown.id} entry=${shown} />`}
  </div>`;
}

const columns: readonly Column[] = [
  { name: 'When' },
  { name: 'Who → whom' },
  { name: 'For', hint: 'the alert or the person who asked for it' },
  { name: 'State' },
  { name: 'Packets', number: true },
  { name: 'Size', number: true },
  { name: 'What they show' },
  { name: '' },
];

interface CaptureRowProps {
  readonly entry: CaptureView;
  readonly open: boolean;
  readonly toggle: () => void;
}

function CaptureRow({ entry, open, toggle }: CaptureRowProps) {
  const { capture, request } = entry;
  const selector = capture?.selector ?? request?.selector;
  const alert = capture?.alert ?? request?.alert ?? null;
  const pair =
    selector === undefined
      ? entry.id
      : `${shortName(selector.subject.workload)} → ${shortName(selector.peer.name)}:${selector.service_port}`;
  return html`<tr>
    <td><${Time} ms=${entry.at_ms} /></td>
    <td class="pair">${pair}</td>
    <td>
      ${alert === null ? (request?.requested_by ?? 'a person') : html`<${Link} to=${`/alerts/${alert.fingerprint}-${alert.episode}`}>${alert.rule_id}<//>`}
    </td>
    <td><${Badge} tone=${entry.phase}>${entry.phase}<//></td>
    <td class="number">
      ${capture === null ? '–' : formatCount(capture.packets_before + capture.packets_after)}
    </td>
    <td class="number">${capture?.file == null ? '–' : formatBytes(capture.bytes)}</td>
    <td class="muted">${capture?.summary?.likely_cause ?? capture?.reason ?? ''}</td>
    <td>
      ${capture?.file != null && html`<button type="button" aria-expanded=${open} onClick=${toggle}>Packets</button>`}
    </td>
  </tr>`;
}

function StartCapture({ reload }: { readonly reload: () => void }) {
  const { data } = useApi<{ workloads: string[]; peers: string[] }>('/series');
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const seconds = Number(fieldOf(event, 'during'));
    const body = {
      workload: fieldOf(event, 'workload'),
      peer: fieldOf(event, 'peer'),
      during_ms: seconds * 1000,
    };
    if (await act(() => post('/captures', body), `Capturing for ${seconds} s, from 10 s before now`))
      reload();
  };
  return html`<form class="panel" onSubmit=${submit}>
    <label class="grow"
      >Workload<input name="workload" required list="workloads" placeholder="deployment/checkout"
    /></label>
    <label class="grow"
      >Peer<input name="peer" required list="peers" placeholder="its name or address"
    /></label>
    <label>Seconds<input name="during" type="number" min="1" max="600" value="20" required /></label>
    <button type="submit" class="primary">Capture now</button>
    <datalist id="workloads">
      ${data?.workloads.map((name) => html`<option key=${name} value=${name} />`)}
    </datalist>
    <datalist id="peers">${data?.peers.map((name) => html`<option key=${name} value=${name} />`)}</datalist>
  </form>`;
}
