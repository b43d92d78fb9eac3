/** A request: its length and the length of the answer it wants, both u32 big-endian, then padding up to its length. */
export const requestHeaderBytes = 8;

export function encodeRequest(requestBytes: number, responseBytes: number): Buffer {
  const frame = Buffer.alloc(Math.max(requestBytes, requestHeaderBytes));
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(responseBytes, 4);
  return frame;
}

/** Finds the ends of requests in a byte stream, keeping nothing but the header of the one under way. */
export class RequestReader {
  readonly #header = Buffer.alloc(requestHeaderBytes);
  #headerFilled = 0;
  #left = 0;

  /** Returns the lengths of the answers that are due now. */
  read(chunk: Buffer): readonly number[] {
    const due: number[] = [];
    let at = 0;
    while (at < chunk.length) {
      at +=
        this.#headerFilled < requestHeaderBytes ? this.#fillHeader(chunk, at) : this.#skip(chunk.length - at);
      if (this.#headerFilled === requestHeaderBytes && this.#left === 0) due.push(this.#finish());
    }
    return due;
  }

  #fillHeader(chunk: Buffer, at: number): number {
    const copied = chunk.copy(
      this.#header,
      this.#headerFilled,
      at,
      at + requestHeaderBytes - this.#headerFilled,
    );
    this.#headerFilled += copied;
    if (this.#headerFilled === requestHeaderBytes)
      this.#left = this.#header.readUInt32BE(0) - requestHeaderBytes;
    return copied;
  }

  #skip(available: number): number {
    const skipped = Math.min(available, this.#left);
    this.#left -= skipped;
    return skipped;
  }

  #finish(): number {
    this.#headerFilled = 0;
    return this.#header.readUInt32BE(4);
  }
}
