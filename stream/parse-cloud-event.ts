import type { CloudEvent } from './cloud-event.ts';

export type ParsedEvent =
  { readonly ok: true; readonly event: CloudEvent } | { readonly ok: false; readonly reason: string };

const texts = ['id', 'source', 'type', 'time', 'partitionkey'] as const;

/**
 * Reads an envelope from its JSON text. Checked by hand, because every record passes here for every stage;
 * the schema of `data` is checked once, where the event enters the stream (`validateEvent`).
 */
export function parseCloudEvent(text: string): ParsedEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, reason: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const fault = envelopeFault(value);
  return fault === undefined ? { ok: true, event: value as CloudEvent } : { ok: false, reason: fault };
}

/** Why `value` is no envelope of ours, or `undefined`. */
export function envelopeFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'not a CloudEvent: not an object';
  const fields = value as Readonly<Record<string, unknown>>;
  if (fields['specversion'] !== '1.0') return 'not a CloudEvent 1.0: specversion';
  for (const name of texts)
    if (typeof fields[name] !== 'string' || fields[name] === '')
      return `not a CloudEvent: ${name} is missing`;
  if (Number.isNaN(Date.parse(fields['time'] as string))) return 'not a CloudEvent: time is no RFC 3339 time';
  if (!('data' in fields)) return 'not a CloudEvent: data is missing';
  return undefined;
}
