import { closeSync, openSync } from 'node:fs';
import type { BpfObject } from './port.ts';

/** Attaches programs to a cgroup and all below it, in this order. */
export function attachToCgroup(object: BpfObject, cgroupPath: string, programs: readonly string[]): void {
  const cgroupFd = openSync(cgroupPath, 'r');
  try {
    for (const name of programs) object.program(name).attachCgroup(cgroupFd);
  } finally {
    closeSync(cgroupFd);
  }
}
