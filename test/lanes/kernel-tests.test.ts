import { existsSync, globSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findKernelTests } from './kernel-tests.ts';

const root = new URL('../..', import.meta.url).pathname;

it('finds what builds networks or loads programs, and leaves out what only computes', () => {
  const found = findKernelTests(root);
  for (const path of found) expect(globSync(path, { cwd: root }), path).not.toEqual([]);
  for (const name of ['recorder/flight-recorder', 'dns/dns-probe', 'bpf/libbpf', 'apiserver/apiserver-probe'])
    expect(found).toContain(`agent/${name}.test.ts`);
  for (const name of ['recorder/flow-matcher', 'dns/lookup-rows', 'names/ip-address']) {
    expect(existsSync(`${root}/agent/${name}.test.ts`)).toBe(true);
    expect(found).not.toContain(`agent/${name}.test.ts`);
  }
});
