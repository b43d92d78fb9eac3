import type { SignalReport } from './agent-report.ts';
import { explainStartFailure } from './explain-start-failure.ts';
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
    return { attached: false, ...explainStartFailure(error) };
  }
}

function reportOf(signal: string, probe: Probe, start: ProbeStart): SignalReport {
  const common = { signal, probe: probe.name, fallback: false };
  return start.attached
    ? { ...common, attached: true, notes: start.notes, ...(start.how !== undefined && { how: start.how }) }
    : {
        ...common,
        attached: false,
        notes: [],
        reason: start.reason,
        remedy: start.remedy,
        ...(start.idle !== undefined && { idle: start.idle }),
      };
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
