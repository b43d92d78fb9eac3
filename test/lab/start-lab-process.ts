import { spawn } from 'node:child_process';
import { LabProcess } from './lab-process.ts';

/** Starts a process on the machine, which the kernel kills when this process dies, however that happens. */
export function startLabProcess(command: string, args: readonly string[], what: string): LabProcess {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], { stdio: 'pipe' });
  return new LabProcess(child, what);
}
