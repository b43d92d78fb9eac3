import { StartError } from '../../app/start-error.ts';
import type { RuleState } from '../../console/ports.ts';
import type { AlertDetailView, FullAlertView } from '../../console/api/alert-routes.ts';
import type { CaptureView } from '../../console/api/capture-view.ts';
import type { DestinationView } from '../../console/api/destination-routes.ts';
import type { EdgeView } from '../../console/api/explore-routes.ts';
import type { StatusView } from '../../console/api/status-routes.ts';
import type { AlertEntry, AlertFilter } from '../../history/alert-queries.ts';
import type { Silence } from '../../stream/events/control.ts';
import type { ServerClient } from './server-client.ts';
import {
  toAlertDetail,
  toAlertEntry,
  toCaptureEntry,
  toDestinationEntry,
  toMapEdge,
} from './server-entries.ts';
import type { CommonStatus, ListedSilence, Source } from './source.ts';

const pageLimit = 200;
const captureLimit = 100;

/** Everything through the versioned API of a console; who acts is whom the console knows by the token. */
export function createServerSource(client: ServerClient): Source {
  const id = encodeURIComponent;
  return {
    listAlerts: (filter) => listAlerts(client, filter),
    getAlert: async (reference) =>
      toAlertDetail(await client.get<AlertDetailView>(`/alerts/${id(reference)}`)),
    async listCaptures() {
      const { captures } = await client.get<{ captures: CaptureView[] }>('/captures', {
        limit: captureLimit,
      });
      return captures.map(toCaptureEntry);
    },
    getCapture: async (capture) => toCaptureEntry(await client.get<CaptureView>(`/captures/${id(capture)}`)),
    saveCapture: (capture, file) => client.save(`/captures/${id(capture.id)}/file`, file),
    async listDestinations({ sinceMs, ...filter }) {
      const query = { ...filter, since_ms: sinceMs };
      const { destinations } = await client.get<{ destinations: DestinationView[] }>('/destinations', query);
      return destinations.map(toDestinationEntry);
    },
    listRules: async () => (await rulesOf(client)).rules,
    async trafficMap({ sinceMs, untilMs }) {
      const { edges } = await client.get<{ edges: EdgeView[] }>('/map', {
        since_ms: sinceMs,
        until_ms: untilMs,
      });
      return { edges: edges.map(toMapEdge) };
    },
    async acknowledge({ fingerprint, episode }) {
      await client.post(`/alerts/${id(`${fingerprint}-${episode}`)}/acknowledge`, {});
    },
    startCapture: ({ requested_by: _by, ...order }) => client.post('/captures', order),
    listSilences: async () => (await client.get<{ silences: ListedSilence[] }>('/silences')).silences,
    addSilence: ({ created_by: _by, ...silence }) => client.post<Silence>('/silences', silence),
    async expireSilence(silence) {
      await client.post(`/silences/${id(silence)}/expire`, {});
    },
    status: () => statusOf(client),
    async [Symbol.asyncDispose]() {},
  };
}

async function listAlerts(client: ServerClient, filter: AlertFilter): Promise<readonly AlertEntry[]> {
  const { limit = 100, ruleId, sinceMs, untilMs, ...same } = filter;
  const query = { ...same, rule: ruleId, since_ms: sinceMs, until_ms: untilMs, full: true };
  const found: AlertEntry[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.get<{ alerts: FullAlertView[]; next: string | null }>('/alerts', {
      ...query,
      limit: Math.min(pageLimit, limit - found.length),
      cursor,
    });
    found.push(...page.alerts.map((alert) => toAlertEntry(alert, lastOf(alert))));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && found.length < limit);
  return found.sort(byStart);
}

/** As the history lists them: latest first, those that began together by their fingerprints. */
function byStart(a: AlertEntry, b: AlertEntry): number {
  const names = a.fingerprint < b.fingerprint ? -1 : Number(a.fingerprint > b.fingerprint);
  return b.startedAtMs - a.startedAtMs || names || b.episode - a.episode;
}

function lastOf({ last }: FullAlertView): AlertEntry['last'] {
  if (last !== undefined) return last;
  throw new StartError('this console is older than the command', 'Bring the Saccade there up to date.');
}

const rulesOf = (client: ServerClient) => client.get<{ rules: RuleState[]; refused: string[] }>('/rules');

async function statusOf(client: ServerClient): Promise<CommonStatus> {
  const [status, { rules, refused }] = await Promise.all([
    client.get<StatusView>('/status'),
    rulesOf(client),
  ]);
  return {
    version: status.version,
    node: status.node,
    stages: status.stages.map(({ name, ...rest }) => ({ stage: name, ...rest })),
    receivers: status.receivers.map(({ reason, ...rest }) => ({
      ...rest,
      reason: reason === '' ? null : reason,
    })),
    parts: status.parts,
    rules: rules.map((rule) => rule.id),
    refused_rules: refused,
  };
}
