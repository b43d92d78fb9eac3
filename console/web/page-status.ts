import type { AuditView, StatusView } from '../api/status-routes.ts';
import { formatDuration, plural } from '../../source-text/figures.ts';
import { html } from './html.ts';
import { Badge, Card, Empty, Failure, Lead, Loading, Time } from './parts.ts';
import { useApi } from './use-api.ts';

/** How the agent and the stages behind it do, and who changed what. */
export function StatusPage({ role }: { readonly role: string }) {
  const { data, error } = useApi<StatusView>('/status', { everyMs: 5000 });
  if (error && !data) return html`<${Failure} error=${error} />`;
  if (!data) return html`<${Loading} />`;
  return html`<div class="page">
    <h1>Status</h1>
    <${Lead}>Whether Saccade itself sees, judges and tells; what is missing, and what to do about it.<//>
    ${data.default_receivers && html`<p class="warning">Nobody is configured to be paged: pages go to the terminal only (notifications in the configuration).</p>`}
    <${Card}
      title=${`Agent on ${data.node}`}
      aside=${`cluster ${data.cluster}, ${data.version}, up ${formatDuration(data.now_ms - data.started_at_ms)}`}
    >
      ${
        data.parts.length === 0
          ? html`<${Empty} title="No agent runs in this process" />`
          : html`<div class="scroll" tabindex="0" role="region" aria-label="Parts of the agent">
              <table>
                <thead>
                  <tr>
                    <th>Part</th>
                    <th>State</th>
                    <th>How</th>
                    <th>What to do</th>
                  </tr>
                </thead>
                <tbody>
                  ${data.parts.map(
                    (part) =>
                      html`<tr key=${part.name}>
                        <td class="mono">${part.name}</td>
                        <td><${Badge} tone=${part.state}>${part.state}<//></td>
                        <td>${[part.detail, part.reason].filter((text) => text !== '').join(': ')}</td>
                        <td>${part.remedy}</td>
                      </tr>`,
                  )}
                </tbody>
              </table>
            </div>`
      }
    <//>
    <div class="columns">
      <${Card} title="Stages" aside="what is seen goes through these"
        ><ul class="checks">
          ${data.stages.map((stage) => html`<li key=${stage.name}><${Badge} tone=${stage.ok ? 'on' : 'missing'}>${stage.ok ? 'moves' : 'stuck'}<//><span class="mono">${stage.name}</span><span class="muted">${stage.ok ? waiting(stage.lag, 'record') : stage.reason}</span></li>`)}
        </ul><//
      >
      <${Card} title="Receivers" aside="who is told"
        ><ul class="checks">
          ${data.receivers.map((receiver) => html`<li key=${receiver.name}><${Badge} tone=${receiver.ready ? 'on' : 'missing'}>${receiver.ready ? 'ready' : 'not ready'}<//><span class="mono">${receiver.name}</span><span class="muted">${receiver.reason === '' ? waiting(receiver.waiting, 'message') : receiver.reason}</span></li>`)}
        </ul><//
      >
    </div>
    ${role === 'admin' && html`<${AuditCard} />`}
  </div>`;
}

function waiting(count: number, what: string): string {
  return count === 0 ? `no ${what} waits` : `${plural(count, what)} ${count === 1 ? 'waits' : 'wait'}`;
}

function AuditCard() {
  const { data, error } = useApi<{ entries: AuditView[] }>('/audit?limit=50', {
    on: ['alert', 'silence', 'verdict', 'capture'],
  });
  return html`<${Card} title="Who changed what" aside="the last 50">
    ${error && !data && html`<${Failure} error=${error} />`}
    ${data?.entries.length === 0 && html`<${Empty} title="Nobody has changed anything yet">What people do here is written down: who, what, and whether it was done.<//>`}
    ${
      data !== undefined &&
      data.entries.length > 0 &&
      html`<div class="scroll" tabindex="0" role="region" aria-label="Audit log">
        <table>
          <thead>
            <tr>
              <th>When</th>
              <th>Who</th>
              <th>What</th>
              <th>To what</th>
              <th>Outcome</th>
              <th>Detail</th>
              <th>From</th>
            </tr>
          </thead>
          <tbody>
            ${data.entries.map(
              (entry) =>
                html`<tr key=${entry.id}>
                  <td><${Time} ms=${entry.at_ms} /></td>
                  <td>${entry.by === '' ? html`<span class="muted">unknown</span>` : entry.by}</td>
                  <td class="mono">${entry.action}</td>
                  <td class="mono">${entry.target}</td>
                  <td><${Badge} tone=${entry.outcome}>${entry.outcome}<//></td>
                  <td>${entry.detail}</td>
                  <td class="mono">${entry.address}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`
    }
  <//>`;
}
