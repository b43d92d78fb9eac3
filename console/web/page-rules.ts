import { useState } from 'preact/hooks';
import type { RuleView } from '../api/rule-routes.ts';
import { formatDuration } from '../../source-text/figures.ts';
import { figureTitle } from './format.ts';
import { html } from './html.ts';
import { Badge, Card, type Column, Empty, Failure, Lead, Loading, TableHead } from './parts.ts';
import { Link } from './router.ts';
import { useApi } from './use-api.ts';

/** The rules in force: how many keys, how many still learn, what fires, which guards decide. */
export function RulesPage() {
  const { data, error } = useApi<{ rules: RuleView[]; refused: string[] }>('/rules', {
    on: ['alert'],
    everyMs: 5000,
  });
  const [open, setOpen] = useState<string | undefined>();
  if (error && !data) return html`<${Failure} error=${error} />`;
  if (!data) return html`<${Loading} />`;
  return html`<div class="page">
    <h1>Rules</h1>
    <${Lead}
      >What Saccade judges. Each rule learns what is normal for every connection (or client, or server) by
      itself. Shipped rules are adjusted in an overlay file, not edited.<//
    >
    ${data.refused.map((text) => html`<p class="warning" key=${text}>${`A change is refused, the rules before it go on: ${text}`}</p>`)}
    <${Card}>
      ${
        data.rules.length === 0
          ? html`<${Empty} title="No rule is loaded"
              >Nothing will ever page: set rules.catalog or name rules.files in the configuration.<//
            >`
          : html`<div class="scroll" tabindex="0" role="region" aria-label="Rules">
              <table>
                <${TableHead} columns=${columns} />
                <tbody>
                  ${data.rules.map((rule) => html`<${RuleRow} key=${rule.id} rule=${rule} open=${open === rule.id} toggle=${() => setOpen(open === rule.id ? undefined : rule.id)} />`)}
                </tbody>
              </table>
            </div>`
      }
    <//>
  </div>`;
}

const columns: readonly Column[] = [
  { name: 'Rule' },
  { name: 'Watches', hint: 'what is measured; below it, the signal and its measure as rules name them' },
  { name: 'Over', hint: 'the windows it looks at; the shortest that convinces wins' },
  {
    name: 'Normal is',
    hint: 'what figures are compared with; below it, the name in rules (docs/baselines.md)',
  },
  {
    name: 'Judged',
    number: true,
    hint: 'connections, clients or servers that it judges each by its own normal',
  },
  { name: 'Learning', number: true, hint: 'of these, not yet sure what is normal' },
  { name: 'Firing', number: true, hint: 'alerts that are open' },
  { name: '' },
];

interface RuleRowProps {
  readonly rule: RuleView;
  readonly open: boolean;
  readonly toggle: () => void;
}

function RuleRow({ rule, open, toggle }: RuleRowProps) {
  const count = (value: number | null): string => (value === null ? '–' : value.toLocaleString('en'));
  return html`<tr>
      <td>
        <${Link} to=${`/history?rule=${encodeURIComponent(rule.id)}`}>${rule.alert}<//>
        ${rule.dry_run && html`<${Badge} tone="pending">on trial<//>`}<br /><span class="muted mono"
          >${rule.id}</span
        >
      </td>
      <td>${figureTitle(rule)}<br /><span class="muted mono">${rule.signal} ${rule.measure}</span></td>
      <td>${rule.over_ms.map((ms) => formatDuration(ms)).join(', ')}</td>
      <td><${Normal} baseline=${rule.baseline} /></td>
      <td class="number">
        ${count(rule.keys)}${(rule.overflow ?? 0) > 0 && html`<br /><span class="muted">${`and ${count(rule.overflow)} more, judged as one`}</span>`}
      </td>
      <td class="number">${count(rule.learning)}</td>
      <td class="number">${count(rule.open)}</td>
      <td><button type="button" aria-expanded=${open} onClick=${toggle}>Details</button></td>
    </tr>
    ${
      open &&
      html`<tr>
        <td colspan="8"><${Guards} rule=${rule} /></td>
      </tr>`
    }`;
}

/** What the methods of docs/baselines.md compare with. */
const normals: Readonly<Record<string, string>> = {
  rate: 'its usual share',
  envelope: 'its usual range',
  seen: 'what was seen before',
  static: 'within a fixed bound',
};

function Normal({ baseline }: { readonly baseline: string | null }) {
  if (baseline === null) return html`<span class="muted">not asked</span>`;
  return html`${normals[baseline] ?? baseline}<br /><span class="muted mono">${baseline}</span>`;
}

interface GuardView {
  readonly name: string;
  readonly held: number;
  readonly not_held: number;
}

function Guards({ rule }: { readonly rule: RuleView }) {
  const { data, error } = useApi<{ guards: GuardView[] }>(`/rules/${encodeURIComponent(rule.id)}/guards`);
  if (error) return html`<${Failure} error=${error} />`;
  if (!data) return html`<${Loading} />`;
  return html`<p class="muted">${`One key by ${rule.by.join(', ')}; defined at ${rule.position}`}</p>
    ${
      data.guards.length === 0
        ? html`<p>No alert of it yet, so no guard has decided anything.</p>`
        : html`<p>Over its last alerts, as their last figures left them:</p>
            <ul class="counts">
              ${data.guards.map((guard) => html`<li key=${guard.name}><span class="mono">${guard.name}</span><span>${` held ${guard.held} of ${guard.held + guard.not_held}`}</span></li>`)}
            </ul>`
    }`;
}
