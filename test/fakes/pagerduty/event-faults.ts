export interface PagerdutyEvent {
  readonly routing_key?: string;
  readonly event_action?: string;
  readonly dedup_key?: string;
  readonly client?: string;
  readonly client_url?: string;
  readonly links?: readonly { readonly href?: string; readonly text?: string }[];
  readonly payload?: {
    readonly summary?: string;
    readonly source?: string;
    readonly severity?: string;
    readonly timestamp?: string;
    readonly component?: string;
    readonly group?: string;
    readonly class?: string;
    readonly custom_details?: object;
  };
}

const known: ReadonlySet<string> = new Set([
  'routing_key',
  'event_action',
  'dedup_key',
  'client',
  'client_url',
  'links',
  'images',
  'payload',
]);
const knownInPayload: ReadonlySet<string> = new Set([
  'summary',
  'source',
  'severity',
  'timestamp',
  'component',
  'group',
  'class',
  'custom_details',
]);
const actions = ['trigger', 'acknowledge', 'resolve'];
const severities = ['critical', 'error', 'warning', 'info'];

/** What the documentation forbids. */
export function eventFaults(event: PagerdutyEvent): readonly string[] {
  const { event_action: action = '', dedup_key: key, routing_key: routingKey, links = [] } = event;
  const faults = [
    ...Object.keys(event).map((name) => !known.has(name) && `unknown field '${name}'`),
    !/^[A-Za-z0-9]{32}$/u.test(routingKey ?? '') && "'routing_key' must be 32 characters",
    !actions.includes(action) && "'event_action' is invalid",
    key !== undefined && key.length > 255 && "'dedup_key' is longer than 255 characters",
    action !== 'trigger' && (key ?? '') === '' && "'dedup_key' is missing or blank",
    ...links.map(({ href = '' }) => !/^https?:\/\//u.test(href) && "'href' of a link is no URL"),
  ].filter((fault) => fault !== false);
  return action === 'trigger' ? [...faults, ...payloadFaults(event.payload)] : faults;
}

function payloadFaults(payload: PagerdutyEvent['payload']): readonly string[] {
  if (payload === undefined) return ["'payload' is missing or blank"];
  const { summary = '', source = '', severity = '', timestamp, custom_details: details } = payload;
  const short = [source, payload.component, payload.group, payload.class];
  return [
    ...Object.keys(payload).map((name) => !knownInPayload.has(name) && `unknown field 'payload.${name}'`),
    summary === '' && "'payload.summary' is missing or blank",
    summary.length > 1_024 && "'payload.summary' is longer than 1024 characters",
    source === '' && "'payload.source' is missing or blank",
    !severities.includes(severity) && "'payload.severity' is invalid",
    timestamp !== undefined && Number.isNaN(Date.parse(timestamp)) && "'payload.timestamp' is no time",
    short.some((text) => (text ?? '').length > 1_024) && 'a field is longer than 1024 characters',
    details !== undefined && typeof details !== 'object' && "'payload.custom_details' is no object",
  ].filter((fault) => fault !== false);
}
