import type { KernelSupport } from './bpf/kernel.ts';

/** What became of one signal at the start. */
export interface SignalReport {
  readonly signal: string;
  readonly attached: boolean;
  /** The probe that gives it, or that should have. */
  readonly probe: string;
  /** Attached, but by a lesser probe than intended: `reason` and `remedy` are the intended one's. */
  readonly fallback: boolean;
  /** What works less well than it could. */
  readonly notes: readonly string[];
  /** Why the intended probe is not attached, and what to do. */
  readonly reason?: string;
  readonly remedy?: string;
  /** Where its figures come from, if not from the kernel. */
  readonly how?: string;
  /** true: there is nothing to observe here, as `reason` says, which is no fault. */
  readonly idle?: boolean;
}

export interface AgentReport {
  readonly kernel: KernelSupport;
  readonly signals: readonly SignalReport[];
}
