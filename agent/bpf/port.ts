/**
 * What the agent needs of libbpf, as narrow as its use. The implementation (`libbpf.ts`) calls libbpf.so.1
 * through koffi.
 */

export interface BpfMap {
  readonly name: string;
  readonly keySize: number;
  /** For per-CPU maps the size of one CPU's value. */
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly fd: number;
  lookup(key: Uint8Array): Uint8Array | undefined;
  update(key: Uint8Array, value: Uint8Array): void;
  delete(key: Uint8Array): boolean;
  /**
   * All entries by batch look-ups, cumulative (never lookup-and-delete, which loses concurrent adds). Per-CPU maps: one
   * value a CPU, concatenated. The bytes are valid until the next entry is asked for.
   */
  entries(): Iterable<readonly [key: Uint8Array, value: Uint8Array]>;
  /** Maps a `BPF_F_MMAPABLE` array into this process. */
  mmap(): Uint8Array;
}

export interface BpfProgram {
  readonly name: string;
  /** Attaches a cgroup program with BPF_F_ALLOW_MULTI. */
  attachCgroup(cgroupFd: number): BpfLink;
  /** Attaches as the program's section says (tracepoint, tp_btf, raw_tp, iter). */
  attach(): BpfLink;
  /** BPF_PROG_TEST_RUN. */
  testRun(input: Uint8Array): { readonly returned: number; readonly output: Uint8Array };
}

export interface BpfLink {
  /** Runs an attached iterator once and returns what it wrote. */
  readIterator(): Uint8Array;
  destroy(): void;
}

export interface OpenOptions {
  /** Values for `const volatile` knobs, by name, set before load. */
  readonly constants?: Readonly<Record<string, number | bigint>>;
  /** Sizes of maps, by name, set before load. */
  readonly maxEntries?: Readonly<Record<string, number>>;
  /** Programs not to load (the kernel lacks what they need). */
  readonly skip?: readonly string[];
}

export interface BpfObject {
  map(name: string): BpfMap;
  program(name: string): BpfProgram;
  /** Size and member offsets of a struct as the object's own BTF says, to compare decoders with. */
  structLayout(name: string): { readonly size: number; readonly members: ReadonlyMap<string, number> };
  /** Detaches all and closes all descriptors; idempotent. */
  close(): void;
}

/** Follows a ring buffer by its epoll descriptor: kernel event → callback in about 0.2 ms, nothing when idle. */
export interface RingBufferReader {
  /** Calls back with a view valid only during the call. */
  start(onEvent: (event: Uint8Array) => void): void;
  /** Reads now what programs wrote without waking anybody. */
  drain(): void;
  stop(): Promise<void>;
}
