/** The TCP options that the summary needs. */
export interface TcpOptions {
  /** Largest segment the sender of this SYN accepts. */
  readonly mss?: number;
  readonly windowScale?: number;
  /** Ranges [left, right) received out of order; the first may report a duplicate (RFC 2883). */
  readonly sackBlocks: readonly (readonly [left: number, right: number])[];
}

const kind = { end: 0, nop: 1, mss: 2, windowScale: 3, sack: 5 } as const;

/** Reads options from `start` to `end` (exclusive) and stops at the first malformed one (RFC 9293 3.1, 7323, 2018). */
export function decodeTcpOptions(view: DataView, start: number, end: number): TcpOptions {
  const options: { mss?: number; windowScale?: number; sackBlocks: [number, number][] } = { sackBlocks: [] };
  let offset = start;
  while (offset < end) {
    const option = view.getUint8(offset);
    if (option === kind.end) break;
    if (option === kind.nop) {
      offset += 1;
      continue;
    }
    if (offset + 2 > end) break;
    const length = view.getUint8(offset + 1);
    if (length < 2 || offset + length > end) break;
    if (option === kind.mss && length === 4) options.mss = view.getUint16(offset + 2);
    if (option === kind.windowScale && length === 3) options.windowScale = view.getUint8(offset + 2);
    if (option === kind.sack) options.sackBlocks = decodeSackBlocks(view, offset + 2, offset + length);
    offset += length;
  }
  return options;
}

function decodeSackBlocks(view: DataView, start: number, end: number): [number, number][] {
  const blocks: [number, number][] = [];
  for (let offset = start; offset + 8 <= end; offset += 8)
    blocks.push([view.getUint32(offset), view.getUint32(offset + 4)]);
  return blocks;
}
