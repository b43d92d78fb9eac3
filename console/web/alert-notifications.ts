import type { AlertDetailView } from '../api/alert-routes.ts';
import { formatDuration } from '../../source-text/figures.ts';
import { html } from './html.ts';
import { Badge, Card, Empty, Time } from './parts.ts';

/** Who was told of it, when, and what the receiver answered. */
export function AlertNotifications({ detail }: { readonly detail: AlertDetailView }) {
  return html`<${Card} title="Who was told">
    ${
      detail.notifications.length === 0
        ? html`<${Empty} title="Nobody was told of this"
            >${detail.alert.dry_run ? 'The rule is on trial (dry run).' : 'It did not fire, was silenced, or its route leads nowhere.'}<//
          >`
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Notifications">
            <table>
              <thead>
                <tr>
                  <th>When</th>
                  <th>Receiver</th>
                  <th>What</th>
                  <th>How it went</th>
                  <th class="number" title="from what was seen to what was told">After</th>
                  <th>Receipt</th>
                </tr>
              </thead>
              <tbody>
                ${detail.notifications.map(
                  (one) =>
                    html`<tr key=${one.id}>
                      <td><${Time} ms=${one.at_ms} /></td>
                      <td>
                        ${one.receiver}${one.kind !== one.receiver && html` <span class="muted">${one.kind}</span>`}
                      </td>
                      <td>${one.purpose}</td>
                      <td>
                        <${Badge} tone=${one.phase}>${one.phase}<//
                        >${one.possible_repeat && ' possible repeat'} ${one.reason ?? ''}
                      </td>
                      <td class="number">${one.delay_ms === null ? '–' : formatDuration(one.delay_ms)}</td>
                      <td class="mono muted">
                        ${Object.entries(one.receipt ?? {})
                          .map(([name, value]) => `${name} ${value}`)
                          .join(', ')}
                      </td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  <//>`;
}
