import type { OutgoingMessage } from './port.ts';

/** Below it the frame of zstd costs more than it saves. */
const compressFromBytes = 512;
const maxPartBytes = 512 * 1024;

/** A request must fit into the broker's `max.message.bytes` (1 MiB by default); one message may stand alone. */
export function* inParts(messages: readonly OutgoingMessage[]): Iterable<readonly OutgoingMessage[]> {
  let part: OutgoingMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = (message.value?.byteLength ?? 0) + message.key.length;
    if (part.length > 0 && bytes + size > maxPartBytes) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(message);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

export function worthCompressing(messages: readonly OutgoingMessage[]): boolean {
  let bytes = 0;
  for (const { value } of messages) {
    bytes += value?.byteLength ?? 0;
    if (bytes >= compressFromBytes) return true;
  }
  return false;
}

/** For errors. */
export function topicsOf(messages: readonly OutgoingMessage[]): string {
  return [...new Set(messages.map(({ topic }) => topic))].join(', ');
}
