import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
/** What a broker's `max.message.bytes` lets through, unpacked; beyond it is an attack, not a batch. */
const maxUnpackedBytes = 256 * 1024 * 1024;

/** kafkajs keeps its codecs in a table of the module; Node's own zlib fills the place of zstd. Idempotent. */
export function registerZstd(): void {
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
    compress: (encoder: { readonly buffer: Buffer }) => compress(encoder.buffer),
    decompress: (buffer: Buffer) => decompress(buffer, { maxOutputLength: maxUnpackedBytes }),
  });
}
