import type { KernelSupport } from '../bpf/kernel.ts';
import type { ProbeStart } from '../probe.ts';

/** What a probe says that needs eBPF where there is none. */
export function refusedByKernel({ problems }: KernelSupport): ProbeStart & { readonly attached: false } {
  const problem = problems.find(({ fatal }) => fatal);
  return {
    attached: false,
    reason: problem?.reason ?? 'eBPF cannot be used',
    remedy: problem?.remedy ?? 'see the problems of the kernel',
  };
}
