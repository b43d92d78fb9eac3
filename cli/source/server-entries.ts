import { StartError } from '../../app/start-error.ts';
import type { AlertDetailView } from '../../console/api/alert-routes.ts';
import type { AlertView } from '../../console/api/alert-view.ts';
import type { CaptureView } from '../../console/api/capture-view.ts';
import type { EdgeView } from '../../console/api/explore-routes.ts';
import type { MapEdge } from '../../console/reader/traffic-map.ts';
import type { DestinationView } from '../../console/api/destination-routes.ts';
import type { AlertDetail, AlertEntry } from '../../history/alert-queries.ts';
import type { CaptureEntry } from '../../history/capture-queries.ts';
import type { DestinationEntry } from '../../history/destination-queries.ts';

/** What the API tells, as the history itself has it, so that a command says the same wherever it asks. */

export const toAlertEntry = (view: AlertView, last: AlertEntry['last']): AlertEntry => ({
  id: view.id,
  fingerprint: view.fingerprint,
  episode: view.episode,
  state: view.state,
  peakLevel: view.level,
  startedAtMs: view.started_at_ms,
  firedAtMs: view.fired_at_ms,
  endedAtMs: view.ended_at_ms,
  acknowledgedBy: view.acknowledged_by,
  acknowledgedAtMs: view.acknowledged_at_ms,
  verdict: view.verdict,
  verdictBy: view.verdict_by,
  notes: view.notes,
  last,
});

export function toAlertDetail(view: AlertDetailView): AlertDetail {
  const last = view.transitions.at(-1);
  if (last === undefined)
    throw new StartError(`the console keeps no transitions of ${view.alert.id} any more`, '');
  return {
    alert: toAlertEntry(view.alert, last),
    transitions: view.transitions,
    notifications: view.notifications,
    captures: view.captures.map(toCaptureEntry),
  };
}

export const toCaptureEntry = ({ id, at_ms, phase, request, capture }: CaptureView): CaptureEntry => ({
  id,
  atMs: at_ms,
  phase,
  request,
  capture,
});

export const toDestinationEntry = (view: DestinationView): DestinationEntry => ({
  cluster: view.cluster,
  namespace: view.namespace,
  workload: view.workload,
  name: view.name,
  host: view.host,
  servicePort: view.service_port,
  protocol: view.protocol,
  state: view.state,
  firstMs: view.first_ms,
  lastMs: view.last_ms,
  contacts: view.contacts,
  bytesSent: view.bytes_sent,
  bytesReceived: view.bytes_received,
});

export const toMapEdge = ({ peer_kind, service_ports, ...edge }: EdgeView): MapEdge => ({
  ...edge,
  peerKind: peer_kind,
  servicePorts: service_ports,
});
