import type { SignalReport } from './agent-report.ts';
import { BpfError } from './bpf/errors.ts';
import type { Probe, ProbeContext, ProbeStart } from './probe.ts';

export interface StartedProbes {
  readonly attached: readonly Probe[];
  readonly signals: readonly SignalReport[];
}

/**
 * Starts each probe by itself: one that fails is reported and stops nobody. A fallback is started only for signals
 * that no intended probe gives.
 */
export async function startProbes(
  probes: readonly Probe[],
  fallbacks: readonly Probe[],
  context: ProbeContext,
): Promise<StartedProbes> {
  const attached: Probe[] = [];
  const reports = new Map<string, SignalReport>();
  for (const probe of probes) {
    const start = await startOne(probe, context);
    if (start.attached) attached.push(probe);
    for (const signal of probe.signals) reports.set(signal, reportOf(signal, probe, start));
  }
  for (const fallback of fallbacks) {
    const missing = fallback.signals.filter((signal) => reports.get(signal)?.attached !== true);
    if (missing.length === 0) continue;
    const start = await startOne(fallback, context);
    if (!start.attached) continue;
    attached.push(fallback);
    for (const signal of missing)
      reports.set(signal, fallbackReport(signal, fallback, start, reports.get(signal)));
  }
  return { attached, signals: [...reports.values()] };
}

async function startOne(probe: Probe, context: ProbeContext): Promise<ProbeStart> {
  try {
    return await probe.start(context);
  } catch (error) {
    context.logger.error({ err: error, probe: probe.name }, 'probe cannot start');
    return { attached: false, ...explain(error) };
  }
}

/** The first line says what was refused; the verifier's log is in the logger's record. */
function explain(error: unknown): { reason: string; remedy: string } {
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

function reportOf(signal: string, probe: Probe, start: ProbeStart): SignalReport {
  const common = { signal, probe: probe.name, fallback: false };
  return start.attached
    ? { ...common, attached: true, notes: start.notes }
    : { ...common, attached: false, notes: [], reason: start.reason, remedy: start.remedy };
}

function fallbackReport(
  signal: string,
  fallback: Probe,
  start: ProbeStart & { attached: true },
  intended: SignalReport | undefined,
): SignalReport {
  return {
    signal,
    attached: true,
    probe: fallback.name,
    fallback: true,
    notes: start.notes,
    ...(intended?.reason !== undefined && { reason: intended.reason }),
    ...(intended?.remedy !== undefined && { remedy: intended.remedy }),
  };
}
