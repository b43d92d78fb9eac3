import { BpfError } from './bpf/errors.ts';

/** Why something of the agent could not start, in one line (what was refused, without the verifier's log), and what to do. */
export function explainStartFailure(error: unknown): { readonly reason: string; readonly remedy: string } {
  const reason = error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
  if (!(error instanceof BpfError)) return { reason, remedy: 'report it with the log of the agent' };
  const remedies = {
    library: 'install the library and start again',
    open: 'build the programs: npm run build:bpf',
    btf: 'build the programs again: npm run build:bpf',
    load: 'this kernel refuses the program: report it with its version and the log of the agent',
    attach: 'see that the agent has CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, and that cgroup2 is the host’s',
    map: 'raise the memory limit of the agent',
    ring_buffer: 'raise the memory limit of the agent; ring buffers need Linux 5.8',
    iterator: 'Linux 5.13 or newer is needed',
    test_run: 'report it with the log of the agent',
  } as const;
  return { reason, remedy: remedies[error.code] };
}
