import koffi from 'koffi';
import { libbpf, libc, type Pointer } from './native.ts';

const LIBBPF_DEBUG = 2;
/** A verifier log may have megabytes; its verdict stands at the end. The pages are touched only when filled. */
const formatBytes = 4 << 20;
const keptLines = 40;

let installed: Pointer | undefined;
let sink: string[] | undefined;

/**
 * Runs `work` and collects what libbpf prints meanwhile (warnings and the verifier's log), so that an error can say
 * it. libbpf has one print function a process; nothing of it ever reaches the terminal.
 */
export function collectLibbpfLog<T>(work: (lastLines: () => readonly string[]) => T): T {
  install();
  const lines: string[] = [];
  sink = lines;
  try {
    return work(() => lines.slice(-keptLines));
  } finally {
    sink = undefined;
  }
}

function install(): void {
  if (installed !== undefined) return;
  const print = koffi.pointer(koffi.proto('int (int level, void *format, void *args)'));
  installed = koffi.register(onPrint, print);
  libbpf().libbpf_set_print(installed);
}

function onPrint(level: number, format: Pointer, args: Pointer): number {
  if (sink === undefined || level >= LIBBPF_DEBUG) return 0;
  const buffer = Buffer.allocUnsafeSlow(formatBytes);
  // va_list is passed by reference on x86-64 and arm64 alike, so an address is all that vsnprintf needs.
  const length = Math.min(libc().vsnprintf(buffer, buffer.length, format, args), buffer.length - 1);
  const lines = buffer.toString('utf8', 0, length).split('\n');
  sink.push(...lines.filter((line) => line.trim() !== '').slice(-keptLines));
  if (sink.length > 10 * keptLines) sink.splice(0, sink.length - keptLines);
  return 0;
}
