import { useState } from 'preact/hooks';
import type { Packet } from '../api/capture-routes.ts';
import type { CaptureView } from '../api/capture-view.ts';
import { formatBytes, formatCount, formatDuration, plural } from '../../source-text/figures.ts';
import { html } from './html.ts';
import { Badge, Card, Empty, Failure, Loading, Time } from './parts.ts';
import { useApi } from './use-api.ts';

/** One capture: what its packets say, the first of them, and the file. */
export function CaptureCard({
  entry,
  showPackets = true,
}: {
  readonly entry: CaptureView;
  readonly showPackets?: boolean;
}) {
  const { capture } = entry;
  const [open, setOpen] = useState(showPackets);
  const file = capture?.file ?? null;
  const running = entry.phase === 'requested' || entry.phase === 'frozen' || entry.phase === 'following';
  return html`<${Card}
    title="Packets"
    aside=${html`<${Time} ms=${entry.at_ms} /> <${Badge} tone=${entry.phase}>${entry.phase}<//> ${file !== null && html`<a class="button" href=${`/api/v1/captures/${encodeURIComponent(entry.id)}/file`} download>Download pcapng (${formatBytes(capture?.bytes ?? 0)})</a>`}`}
  >
    ${file !== null && capture?.reason != null && html`<p class="muted">${capture.reason}</p>`}
    ${capture?.summary != null && html`<${Summary} capture=${capture} />`}
    ${
      file === null
        ? html`<${Empty} title=${running ? 'Packets are being gathered' : 'There are no packets'}
            >${running ? 'They show here by themselves.' : (capture?.reason ?? 'The agent has not answered.')}<//
          >`
        : html`<p>
              <button type="button" aria-expanded=${open} onClick=${() => setOpen(!open)}>
                ${open ? 'Hide packets' : 'Show packets'}
              </button>
            </p>
            ${open && html`<${PacketList} id=${entry.id} />`}`
    }
  <//>`;
}

type CaptureFile = NonNullable<CaptureView['capture']>;

function Summary({ capture }: { readonly capture: CaptureFile }) {
  const { summary } = capture;
  if (summary === null) return null;
  const figures: readonly (readonly [string, number])[] = [
    ['data segments', summary.data_segments],
    ['resent to the peer', summary.retransmissions_out],
    ['resent by the peer', summary.retransmissions_in],
    ['duplicate ACKs', summary.duplicate_acks],
    ['resets', summary.resets],
    ['SYNs', summary.syns],
    ['SYNs resent', summary.syn_retransmissions],
    ['zero windows', summary.zero_windows],
    ...dnsFigures(summary.dns),
  ];
  return html`<p class="cause">${summary.likely_cause}</p>
    <p class="muted">${describeExtent(capture, summary)}</p>
    <ul class="counts">
      ${figures.filter(([, count]) => count > 0).map(([name, count]) => html`<li key=${name}><strong>${count}</strong> ${name}</li>`)}
    </ul>`;
}

type DnsFigures = NonNullable<CaptureFile['summary']>['dns'];

function dnsFigures(dns: DnsFigures): readonly (readonly [string, number])[] {
  if (dns === undefined) return [];
  return [
    ['DNS queries', dns.queries],
    ['asked again', dns.repeated],
    ['unanswered', dns.unanswered],
    ['answered', dns.noerror],
    ['NXDOMAIN', dns.nxdomain],
    ['SERVFAIL', dns.servfail],
    ['REFUSED', dns.refused],
    ['other errors', dns.other_errors],
    ['truncated', dns.truncated],
  ];
}

function describeExtent(
  { packets_before: before, packets_after: after, seconds_held: held, truncated }: CaptureFile,
  { flows, bytes }: NonNullable<CaptureFile['summary']>,
): string {
  const packets = `${plural(before, 'packet')} from before (${formatDuration(held * 1000)} held), ${formatCount(after)} after`;
  const extent = [...(flows === 0 ? [] : [plural(flows, 'flow')]), formatBytes(bytes)].join(', ');
  return `${packets}; ${extent}${truncated ? '; cut off by a limit' : ''}`;
}

function PacketList({ id }: { readonly id: string }) {
  const { data, error } = useApi<{ packets: Packet[]; total: number }>(
    `/captures/${encodeURIComponent(id)}/packets`,
  );
  if (error) return html`<${Failure} error=${error} />`;
  if (!data) return html`<${Loading} />`;
  return html`<div class="scroll packets" tabindex="0" role="region" aria-label="Packets">
      <table>
        <thead>
          <tr>
            <th class="number">Seconds</th>
            <th></th>
            <th>From</th>
            <th>To</th>
            <th></th>
            <th class="number">Bytes</th>
            <th>What</th>
          </tr>
        </thead>
        <tbody>
          ${data.packets.map(
            (packet, index) =>
              html`<tr key=${index} class=${packet.mark ?? ''}>
                <td class="number">${(packet.offset_us / 1e6).toFixed(4)}</td>
                <td aria-label=${packet.direction}>${packet.direction === 'out' ? '↗' : '↙'}</td>
                <td>${packet.source}</td>
                <td>${packet.destination}</td>
                <td>${packet.protocol}</td>
                <td class="number">${packet.bytes}</td>
                <td>
                  ${packet.mark === 'resent' && html`<${Badge} tone="notice">resent<//> `}${packet.mark === 'reset' && html`<${Badge} tone="page">reset<//> `}${packet.info}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${data.total > data.packets.length && html`<p class="muted">The first ${data.packets.length} of ${data.total.toLocaleString('en')}; the file has them all.</p>`}`;
}
