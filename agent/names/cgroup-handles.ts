import { closeSync, openSync, readlinkSync } from 'node:fs';
import koffi from 'koffi';

/** `struct file_handle` of open_by_handle_at(2) with the one kind of handle that cgroup directories have. */
const handleHeaderBytes = 8;
const cgroupIdBytes = 8;
/** linux/exportfs.h: a 64-bit kernfs node id, which is the cgroup id. */
const fileidKernfs = 0xfe;
const oPath = 0o10000000;
const errnoStale = koffi.os.errno.ESTALE ?? 116;

type OpenByHandleAt = (mountFd: number, handle: Uint8Array, flags: number) => number;

/** `gone`: no such cgroup (any more). `refused`: this process may not open by handle (CAP_DAC_READ_SEARCH). */
export type CgroupHandleResult =
  { readonly kind: 'path'; readonly path: string } | { readonly kind: 'gone' } | { readonly kind: 'refused' };

/** Asks the kernel for a cgroup's directory by its id: no walk over the hierarchy, no cache that goes stale. */
export class CgroupHandles implements Disposable {
  readonly #mountFd: number;
  readonly #openByHandleAt: OpenByHandleAt;
  #open = true;

  constructor(cgroup2Path: string) {
    this.#openByHandleAt = koffi
      .load(null)
      .func('int open_by_handle_at(int mount_fd, void *handle, int flags)') as OpenByHandleAt;
    this.#mountFd = openSync(cgroup2Path, 'r');
  }

  /** Absolute path of the directory, as this process sees the mount. */
  find(cgroupId: bigint): CgroupHandleResult {
    const fd = this.#openByHandleAt(this.#mountFd, encodeHandle(cgroupId), oPath);
    if (fd < 0) return { kind: koffi.errno() === errnoStale ? 'gone' : 'refused' };
    try {
      return { kind: 'path', path: readlinkSync(`/proc/self/fd/${fd}`) };
    } finally {
      closeSync(fd);
    }
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#mountFd);
  }
}

function encodeHandle(cgroupId: bigint): Uint8Array {
  const handle = new DataView(new ArrayBuffer(handleHeaderBytes + cgroupIdBytes));
  handle.setUint32(0, cgroupIdBytes, true);
  handle.setInt32(4, fileidKernfs, true);
  handle.setBigUint64(handleHeaderBytes, cgroupId, true);
  return new Uint8Array(handle.buffer);
}
