import { cpus, loadavg, release, totalmem } from 'node:os';

/** What a reader must know of the machine. The load of the last minute tells whether it was ours alone. */
export function machineConditions(): Readonly<Record<string, string>> {
  const processors = cpus();
  return {
    machine: `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release(),
    node: process.version,
    'load at the start': (loadavg()[0] ?? NaN).toFixed(1),
  };
}
