import { closeSync, readSync } from 'node:fs';
import koffi from 'koffi';
import { BpfError } from './errors.ts';
import { collectLibbpfLog } from './libbpf-log.ts';
import { lastErrno, libbpf, type Pointer } from './native.ts';
import type { BpfLink, BpfProgram } from './port.ts';

/** An iterator that writes more than this is broken, not busy. */
const iteratorMaxBytes = 64 << 20;
const readBytes = 64 << 10;

/** A program of a loaded object; `onLink` learns of every link so that the object can undo them. */
export function createProgram(handle: Pointer, onLink: (link: BpfLink) => void): BpfProgram {
  const bpf = libbpf();
  const name = bpf.bpf_program__name(handle);
  const attach = (open: () => Pointer | null): BpfLink =>
    collectLibbpfLog((log) => {
      const link = open();
      if (link === null)
        throw new BpfError('attach', `attach program ${name}`, { errno: lastErrno(), log: log() });
      const created = createLink(link, name);
      onLink(created);
      return created;
    });
  return {
    name,
    // bpf_link on a cgroup is always ALLOW_MULTI, and the kernel detaches it when its last descriptor closes.
    attachCgroup: (cgroupFd) => attach(() => bpf.bpf_program__attach_cgroup(handle, cgroupFd)),
    attach: () => attach(() => bpf.bpf_program__attach(handle)),
    testRun: (input) => testRun(bpf.bpf_program__fd(handle), name, input),
  };
}

function createLink(handle: Pointer, programName: string): BpfLink {
  let open = true;
  return {
    readIterator() {
      const fd = libbpf().bpf_iter_create(libbpf().bpf_link__fd(handle));
      if (fd < 0) throw new BpfError('iterator', `run iterator ${programName}`, { errno: -fd });
      try {
        return readAll(fd, programName);
      } finally {
        closeSync(fd);
      }
    },
    destroy() {
      if (!open) return;
      open = false;
      libbpf().bpf_link__destroy(handle);
    },
  };
}

function readAll(fd: number, programName: string): Uint8Array {
  const chunks: Buffer[] = [];
  const chunk = Buffer.allocUnsafe(readBytes);
  for (let total = 0; total <= iteratorMaxBytes;) {
    const length = readSync(fd, chunk);
    if (length === 0) return Buffer.concat(chunks, total);
    chunks.push(Buffer.from(chunk.subarray(0, length)));
    total += length;
  }
  throw new BpfError('iterator', `iterator ${programName} wrote more than ${iteratorMaxBytes} bytes`);
}

/** struct bpf_test_run_opts of bpf/bpf.h, as far as it is used. */
const testRunBytes = 80;

function testRun(fd: number, name: string, input: Uint8Array): { returned: number; output: Uint8Array } {
  const output = new Uint8Array(input.byteLength + 512);
  const options = new Uint8Array(testRunBytes);
  const view = new DataView(options.buffer);
  view.setBigUint64(0, BigInt(testRunBytes), true);
  view.setBigUint64(8, koffi.address(input), true);
  view.setBigUint64(16, koffi.address(output), true);
  view.setUint32(24, input.byteLength, true);
  view.setUint32(28, output.byteLength, true);
  const result = libbpf().bpf_prog_test_run_opts(fd, options);
  if (result !== 0) throw new BpfError('test_run', `test-run program ${name}`, { errno: -result });
  return { returned: view.getUint32(56, true), output: output.subarray(0, view.getUint32(28, true)) };
}
