import type { DestinationView } from '../api/destination-routes.ts';
import { queryText } from './api-client.ts';
import { formatBytes } from '../../source-text/figures.ts';
import { serviceText } from '../../stream/events/service-text.ts';
import { html } from './html.ts';
import { Badge, Card, Empty, Failure, Lead, Loading, Time } from './parts.ts';
import { setQuery, useRoute } from './router.ts';
import { useApi } from './use-api.ts';

/** Where workloads connect to outside: what is new, and the whole list. */
export function DestinationsPage() {
  const { query } = useRoute();
  const [name, state] = [query.get('name') ?? '', query.get('state') ?? ''];
  const { data, error } = useApi<{ destinations: DestinationView[] }>(
    `/destinations${queryText({ name, state })}`,
    { everyMs: 10_000 },
  );
  const filtered = name !== '' || state !== '';
  return html`<div class="page">
    <h1>Destinations</h1>
    <${Lead}
      >Where workloads connect to outside. A destination is <em>new</em> at first, then <em>active</em>,
      and${' '} <em>persistent</em> once it recurs over an hour; addresses that change behind a name stay one
      destination.<//
    >
    <form class="filters" role="search" onSubmit=${(event: Event) => event.preventDefault()}>
      <label class="grow"
        >Name contains<input
          type="search"
          value=${name}
          onInput=${(event: Event) => setQuery({ name: (event.target as HTMLInputElement).value })}
      /></label>
      <label
        >State<select
          value=${state}
          onChange=${(event: Event) => setQuery({ state: (event.target as HTMLSelectElement).value })}
        >
          <option value="">any</option>
          <option>new</option>
          <option>active</option>
          <option>persistent</option>
        </select></label
      >
    </form>
    <${Card}>
      ${error && !data && html`<${Failure} error=${error} />`} ${!error && !data && html`<${Loading} />`}
      ${data?.destinations.length === 0 && html`<${Empty} title=${filtered ? 'No destination fits' : 'No workload has connected outside yet'}>${filtered ? 'Take out the filters to see all.' : 'The first contact of each workload with each outside name shows here.'}<//>`}
      ${data !== undefined && data.destinations.length > 0 && html`<${DestinationTable} destinations=${data.destinations} />`}
    <//>
  </div>`;
}

function DestinationTable({ destinations }: { readonly destinations: readonly DestinationView[] }) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Destinations">
    <table>
      <thead>
        <tr>
          <th>Workload</th>
          <th>Destination</th>
          <th class="number">Port</th>
          <th>State</th>
          <th>First</th>
          <th>Last</th>
          <th class="number">Contacts</th>
          <th class="number">Sent</th>
          <th class="number">Received</th>
        </tr>
      </thead>
      <tbody>
        ${destinations.map(
          (one) =>
            html`<tr
              key=${`${one.namespace} ${one.workload} ${one.name} ${one.service_port}/${one.protocol}`}
            >
              <td title=${one.namespace}>${one.workload}</td>
              <td>${one.name}<br /><span class="muted">${one.host === one.name ? '' : one.host}</span></td>
              <td class="number">${serviceText(one.service_port, one.protocol)}</td>
              <td><${Badge} tone=${one.state === 'new' ? 'notice' : one.state}>${one.state}<//></td>
              <td><${Time} ms=${one.first_ms} /></td>
              <td><${Time} ms=${one.last_ms} /></td>
              <td class="number">${one.contacts.toLocaleString('en')}</td>
              <td class="number">${formatBytes(one.bytes_sent)}</td>
              <td class="number">${formatBytes(one.bytes_received)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
