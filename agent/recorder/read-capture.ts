import { blockType, byteOrderMagic, linkTypeRaw, optionCode, type CapturedPacket } from './pcapng.ts';

export interface CaptureContents {
  readonly comments: readonly string[];
  readonly packets: readonly CapturedPacket[];
}

interface Block {
  readonly type: number;
  readonly body: Uint8Array;
}

const decoder = new TextDecoder();

/** Reads a capture that `pcapng.ts` wrote. Throws with the offset at the first block that is not as written there. */
export function readCapture(file: Uint8Array): CaptureContents {
  const comments: string[] = [];
  const packets: CapturedPacket[] = [];
  let index = 0;
  for (const block of readBlocks(file)) {
    if (index === 0) comments.push(...readSection(block));
    else if (index === 1) checkInterface(block);
    else packets.push(readPacket(block));
    index += 1;
  }
  if (index < 2) throw new Error('capture ends before its interface block');
  return { comments, packets };
}

/** How many packets there are, with the same checks of the file's structure, without holding them. */
export function countPackets(file: Uint8Array): number {
  let index = 0;
  for (const block of readBlocks(file)) {
    if (index === 0) readSection(block);
    else if (index === 1) checkInterface(block);
    else readPacket(block);
    index += 1;
  }
  if (index < 2) throw new Error('capture ends before its interface block');
  return index - 2;
}

function* readBlocks(file: Uint8Array): Generator<Block> {
  let offset = 0;
  while (offset < file.length) {
    if (offset + 12 > file.length) throw new Error(`capture is cut within a block at byte ${offset}`);
    const view = viewOf(file.subarray(offset));
    const total = view.getUint32(4, true);
    if (total < 12 || total % 4 !== 0 || total > view.byteLength)
      throw new Error(`capture has a block of impossible length ${total} at byte ${offset}`);
    if (view.getUint32(total - 4, true) !== total)
      throw new Error(`capture has a block whose two lengths differ at byte ${offset}`);
    yield { type: view.getUint32(0, true), body: file.subarray(offset + 8, offset + total - 4) };
    offset += total;
  }
}

function readSection({ type, body }: Block): string[] {
  if (type !== blockType.section || body.length < 16 || viewOf(body).getUint32(0, true) !== byteOrderMagic)
    throw new Error('not a capture of ours: no little-endian section block at its start');
  return readOptions(body.subarray(16))
    .filter(({ code }) => code === optionCode.comment)
    .map(({ value }) => decoder.decode(value));
}

function checkInterface({ type, body }: Block): void {
  if (type !== blockType.interface || body.length < 8 || viewOf(body).getUint16(0, true) !== linkTypeRaw)
    throw new Error('not a capture of ours: no interface of link type RAW');
}

function readPacket({ type, body }: Block): CapturedPacket {
  if (type !== blockType.enhancedPacket || body.length < 20)
    throw new Error(`not a capture of ours: block type ${type} among the packets`);
  const view = viewOf(body);
  const captured = view.getUint32(12, true);
  if (20 + captured > body.length) throw new Error('capture has a packet that is longer than its block');
  const options = readOptions(body.subarray(20 + ((captured + 3) & ~3)));
  const flags = options.find(({ code }) => code === optionCode.packetFlags)?.value[0] ?? 0;
  const comment = options.find(({ code }) => code === optionCode.comment);
  return {
    wallNs: (BigInt(view.getUint32(4, true)) << 32n) | BigInt(view.getUint32(8, true)),
    direction: (flags & 3) === 1 ? 'in' : 'out',
    bytes: body.subarray(20, 20 + captured),
    originalBytes: view.getUint32(16, true),
    ...(comment === undefined ? {} : { comment: decoder.decode(comment.value) }),
  };
}

function readOptions(bytes: Uint8Array): { code: number; value: Uint8Array }[] {
  const options: { code: number; value: Uint8Array }[] = [];
  const view = viewOf(bytes);
  let offset = 0;
  while (offset + 4 <= bytes.length) {
    const code = view.getUint16(offset, true);
    const length = view.getUint16(offset + 2, true);
    if (code === optionCode.end) break;
    if (offset + 4 + length > bytes.length)
      throw new Error('capture has an option that is longer than its block');
    options.push({ code, value: bytes.subarray(offset + 4, offset + 4 + length) });
    offset += 4 + ((length + 3) & ~3);
  }
  return options;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
