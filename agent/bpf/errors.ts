/** What was being done when libbpf or the kernel refused. Bounded: also a metric label. */
export type BpfErrorCode =
  'library' | 'open' | 'load' | 'attach' | 'map' | 'ring_buffer' | 'iterator' | 'test_run' | 'btf';

/** libbpf or the kernel refused. `log` holds the last lines that libbpf (and so the verifier) printed. */
export class BpfError extends Error {
  override readonly name = 'BpfError';
  readonly code: BpfErrorCode;
  /** Positive errno, 0 where there is none. */
  readonly errno: number;
  readonly log: readonly string[];
  readonly retryable = false;

  constructor(
    code: BpfErrorCode,
    doing: string,
    details: { errno?: number; log?: readonly string[]; cause?: unknown } = {},
  ) {
    const { errno = 0, log = [], cause } = details;
    const why = errno === 0 ? '' : `: ${errnoName(errno)}`;
    super(`${doing}${why}${log.length === 0 ? '' : `\n${log.join('\n')}`}`, { cause });
    this.code = code;
    this.errno = errno;
    this.log = log;
  }
}

const errnoNames: Readonly<Record<number, string>> = {
  1: 'not permitted (EPERM)',
  2: 'not found (ENOENT)',
  3: 'no such process (ESRCH)',
  7: 'no room or program too large (E2BIG)',
  9: 'bad descriptor (EBADF)',
  11: 'interrupted by signals (EAGAIN)',
  12: 'out of memory (ENOMEM)',
  13: 'refused by the verifier or not permitted (EACCES)',
  16: 'busy (EBUSY)',
  17: 'exists (EEXIST)',
  22: 'invalid (EINVAL)',
  28: 'no space (ENOSPC)',
  38: 'not in this kernel (ENOSYS)',
  95: 'not supported (EOPNOTSUPP)',
  524: 'not supported (ENOTSUPP)',
};

function errnoName(errno: number): string {
  return errnoNames[errno] ?? `errno ${errno}`;
}
