import { sketchFieldName } from '../../signals/sketch.ts';
import { type ApiCounters, sketchBuckets } from './api-layout.ts';

/** Members that add up, and the fields of `api.latency` that their differences fill. */
const summed = [
  'connections',
  'hellos',
  'requests',
  'unanswered',
  'excluded_http2',
  'excluded_duplex',
  'excluded_streams',
  'excluded_long_waits',
  'excluded_paused',
  'excluded_unclear',
] as const satisfies readonly (keyof ApiCounters)[];

const sketches = [
  'handshake_us',
  'server_hello_us',
  'response_us',
] as const satisfies readonly (keyof ApiCounters)[];

/** One key's cumulative counters as they were told last. */
export class ApiDeltas {
  #told: ApiCounters | undefined;

  /**
   * What happened since the last telling, and tells it; undefined: nothing. Keeps `now`, whose bytes must therefore be
   * the caller's to give away.
   */
  tell(now: ApiCounters): Record<string, number> | undefined {
    // After an eviction the kernel counts from zero under another incarnation: nothing of that was told.
    const before = this.#told?.incarnation === now.incarnation ? this.#told : undefined;
    this.#told = now;
    const fields: Record<string, number> = {};
    for (const name of summed) fields[name] = now[name] - (before?.[name] ?? 0);
    if (Object.values(fields).every((delta) => delta === 0)) return undefined;
    for (const name of sketches) addBuckets(fields, name, now[name], before?.[name]);
    return fields;
  }
}

function addBuckets(
  fields: Record<string, number>,
  sketch: string,
  now: Uint8Array,
  before: Uint8Array | undefined,
): void {
  const [counts, told] = [viewOf(now), before && viewOf(before)];
  for (let bucket = 0; bucket < sketchBuckets; bucket++) {
    // 32 bits that may wrap around: the difference is right all the same.
    const delta = (countAt(counts, bucket) - (told === undefined ? 0 : countAt(told, bucket))) >>> 0;
    if (delta > 0) fields[sketchFieldName(sketch, bucket)] = delta;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function countAt(view: DataView, bucket: number): number {
  return view.getUint32(4 * bucket, true);
}
