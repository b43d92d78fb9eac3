import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whole applications, networks, and what judges them by time. */
const always = [
  'agent/apiserver/apiserver-probe.test.ts',
  'test/acceptance/**/*.test.ts',
  'test/app/**/*.test.ts',
  'test/http/**/*.test.ts',
  'test/lab/lab.test.ts',
];
/** Builds networks, or asks the kernel whether it takes programs. */
const needsKernel = /from '[^']*(?:\/test\/lab\/|(?:\.|\/bpf)\/(?:kernel|libbpf)\.ts')/;

/**
 * Tests that share the machine's kernel: programs see every namespace, and much is judged by time, so they run one after
 * another and before others. Those of the agent that only compute are not among them, told by what they import.
 */
export function findKernelTests(root: string): readonly string[] {
  const ofAgent = globSync('agent/**/*.test.ts', { cwd: root });
  return [
    ...always,
    ...ofAgent.filter((path) => needsKernel.test(readFileSync(join(root, path), 'utf8'))).toSorted(),
  ];
}
