import koffi from 'koffi';
import { BpfError } from './errors.ts';

/** An address in this process; koffi gives them as bigint, NULL as null. */
export type Pointer = bigint;
type Bytes = Uint8Array;

/** The functions of libbpf.so.1 that the agent calls, as /usr/include/bpf/{libbpf,bpf,btf}.h declare them. */
export interface Libbpf {
  readonly bpf_object__open: (path: string) => Pointer | null;
  readonly bpf_object__load: (object: Pointer) => number;
  readonly bpf_object__close: (object: Pointer) => void;
  readonly bpf_object__btf: (object: Pointer) => Pointer | null;
  readonly bpf_object__next_map: (object: Pointer, previous: Pointer | null) => Pointer | null;
  readonly bpf_object__next_program: (object: Pointer, previous: Pointer | null) => Pointer | null;
  readonly btf__raw_data: (btf: Pointer, size: Bytes) => Pointer | null;
  readonly bpf_map__name: (map: Pointer) => string;
  readonly bpf_map__fd: (map: Pointer) => number;
  readonly bpf_map__type: (map: Pointer) => number;
  readonly bpf_map__key_size: (map: Pointer) => number;
  readonly bpf_map__value_size: (map: Pointer) => number;
  readonly bpf_map__max_entries: (map: Pointer) => number;
  readonly bpf_map__set_max_entries: (map: Pointer, entries: number) => number;
  readonly bpf_map__initial_value: (map: Pointer, size: Bytes) => Pointer | null;
  readonly bpf_map_lookup_elem: (fd: number, key: Bytes, value: Bytes) => number;
  readonly bpf_map_update_elem: (fd: number, key: Bytes, value: Bytes, flags: number) => number;
  readonly bpf_map_delete_elem: (fd: number, key: Bytes) => number;
  readonly bpf_map_get_next_key: (fd: number, key: Bytes | null, next: Bytes) => number;
  readonly bpf_map_lookup_batch: (
    fd: number,
    inToken: Bytes | null,
    outToken: Bytes,
    keys: Bytes,
    values: Bytes,
    count: Bytes,
    options: null,
  ) => number;
  readonly bpf_program__name: (program: Pointer) => string;
  readonly bpf_program__fd: (program: Pointer) => number;
  readonly bpf_program__set_autoload: (program: Pointer, autoload: boolean) => number;
  readonly bpf_program__autoload: (program: Pointer) => boolean;
  readonly bpf_program__attach: (program: Pointer) => Pointer | null;
  readonly bpf_program__attach_cgroup: (program: Pointer, cgroupFd: number) => Pointer | null;
  readonly bpf_prog_test_run_opts: (fd: number, options: Bytes) => number;
  readonly bpf_link__fd: (link: Pointer) => number;
  readonly bpf_link__destroy: (link: Pointer) => number;
  readonly bpf_iter_create: (linkFd: number) => number;
  readonly ring_buffer__new: (
    mapFd: number,
    callback: Pointer,
    context: null,
    options: null,
  ) => Pointer | null;
  readonly ring_buffer__free: (ring: Pointer) => void;
  readonly ring_buffer__consume: (ring: Pointer) => number;
  readonly ring_buffer__epoll_fd: (ring: Pointer) => number;
  readonly libbpf_num_possible_cpus: () => number;
  readonly libbpf_set_print: (callback: Pointer) => Pointer | null;
}

/** Of libc: what Node has no call for. */
export interface Libc {
  readonly mmap: (
    address: null,
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ) => Pointer;
  readonly munmap: (address: Pointer, length: number) => number;
  readonly vsnprintf: (buffer: Bytes, size: number, format: Pointer, va_list: Pointer) => number;
  readonly setns: (fd: number, kind: number) => number;
  readonly pthread_sigmask: (how: number, set: Bytes, previous: Bytes | null) => number;
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly getsockopt: (fd: number, level: number, name: number, value: Bytes, length: Bytes) => number;
}

const libbpfPrototypes = [
  'void *bpf_object__open(const char *path)',
  'int bpf_object__load(void *obj)',
  'void bpf_object__close(void *obj)',
  'void *bpf_object__btf(void *obj)',
  'void *bpf_object__next_map(void *obj, void *prev)',
  'void *bpf_object__next_program(void *obj, void *prev)',
  'void *btf__raw_data(void *btf, void *size)',
  'const char *bpf_map__name(void *map)',
  'int bpf_map__fd(void *map)',
  'int bpf_map__type(void *map)',
  'uint32_t bpf_map__key_size(void *map)',
  'uint32_t bpf_map__value_size(void *map)',
  'uint32_t bpf_map__max_entries(void *map)',
  'int bpf_map__set_max_entries(void *map, uint32_t entries)',
  'void *bpf_map__initial_value(void *map, void *size)',
  'int bpf_map_lookup_elem(int fd, void *key, void *value)',
  'int bpf_map_update_elem(int fd, void *key, void *value, uint64_t flags)',
  'int bpf_map_delete_elem(int fd, void *key)',
  'int bpf_map_get_next_key(int fd, void *key, void *next)',
  'int bpf_map_lookup_batch(int fd, void *in, void *out, void *keys, void *values, void *count, void *opts)',
  'const char *bpf_program__name(void *prog)',
  'int bpf_program__fd(void *prog)',
  'int bpf_program__set_autoload(void *prog, bool autoload)',
  'bool bpf_program__autoload(void *prog)',
  'void *bpf_program__attach(void *prog)',
  'void *bpf_program__attach_cgroup(void *prog, int cgroup_fd)',
  'int bpf_prog_test_run_opts(int fd, void *opts)',
  'int bpf_link__fd(void *link)',
  'int bpf_link__destroy(void *link)',
  'int bpf_iter_create(int link_fd)',
  'void *ring_buffer__new(int map_fd, void *callback, void *ctx, void *opts)',
  'void ring_buffer__free(void *rb)',
  'int ring_buffer__consume(void *rb)',
  'int ring_buffer__epoll_fd(void *rb)',
  'int libbpf_num_possible_cpus()',
  'void *libbpf_set_print(void *callback)',
];

const libcPrototypes = [
  'void *mmap(void *addr, size_t length, int prot, int flags, int fd, int64_t offset)',
  'int munmap(void *addr, size_t length)',
  'int vsnprintf(void *buffer, size_t size, void *format, void *args)',
  'int setns(int fd, int kind)',
  'int pthread_sigmask(int how, void *set, void *previous)',
  'int socket(int domain, int type, int protocol)',
  'int getsockopt(int fd, int level, int name, void *value, void *length)',
];

function bind<Library>(file: string, prototypes: readonly string[], remedy: string): Library {
  try {
    const library = koffi.load(file);
    return Object.fromEntries(
      prototypes.map((prototype) => {
        const bound = library.func(prototype);
        return [bound.info.name, bound];
      }),
    ) as Library;
  } catch (cause) {
    throw new BpfError('library', `${file} cannot be used; ${remedy}`, { cause });
  }
}

// One handle a process: a shared library is loaded once whatever we do, and only when eBPF is really used.
let libbpfHandle: Libbpf | undefined;
let libcHandle: Libc | undefined;

/** libbpf 1.x. Throws a `BpfError` with the remedy where it is not installed. */
export function libbpf(): Libbpf {
  return (libbpfHandle ??= bind<Libbpf>('libbpf.so.1', libbpfPrototypes, 'install libbpf (Debian: libbpf1)'));
}

export function libc(): Libc {
  return (libcHandle ??= bind<Libc>('libc.so.6', libcPrototypes, 'a glibc system is needed'));
}

/** errno of the last failed native call. */
export function lastErrno(): number {
  return koffi.errno();
}

/** A view, not a copy: valid only as long as the memory behind it. */
export function viewMemory(address: Pointer, byteLength: number): Uint8Array {
  return new Uint8Array(koffi.view(address, byteLength));
}
