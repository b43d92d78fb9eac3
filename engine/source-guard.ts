/** What the judge remembers of one source (agent): plain data. */
export interface SourceState {
  /** Last sequence number of each of the source's last boots, newest boot last. */
  boots: [boot: string, seq: number][];
  /** Event time of its newest batch. */
  newestMs: number;
}

export interface SourceCounts {
  /** Batches that came again and were dropped. */
  repeats: number;
  /** Batches whose clock was more than five seconds off the log's. */
  clamped: number;
  /** Batches older than one that this source sent before. */
  late: number;
  /** Sources forgotten because there were too many. */
  evicted: number;
}

const maxSkewMs = 5_000;
const bootsKept = 3;

/** Event ids are `node/boot/seq`; undefined: not of that form. */
export function parseEventId(id: string): { readonly boot: string; readonly seq: number } | undefined {
  const [seqText, boot] = id.split('/').reverse();
  const seq = Number(seqText);
  return boot === undefined || seqText === '' || !Number.isSafeInteger(seq) ? undefined : { boot, seq };
}

/** Notes (boot, seq); false: seen before. An older boot's batches may still arrive after a newer one's. */
export function admit(source: SourceState, boot: string, seq: number): boolean {
  const known = source.boots.find(([name]) => name === boot);
  if (known && seq <= known[1]) return false;
  if (known) known[1] = seq;
  else source.boots = [...source.boots, [boot, seq] as [string, number]].slice(-bootsKept);
  return true;
}

/** Event time within five seconds of the log's own clock: further off, a source's clock is not believed. */
export function clampTime(eventMs: number, appendedAtMs: number): number {
  return Math.min(Math.max(eventMs, appendedAtMs - maxSkewMs), appendedAtMs + maxSkewMs);
}
