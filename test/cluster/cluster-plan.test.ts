import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clusterPlan } from './cluster-plan.ts';

describe('the plan of a test cluster', () => {
  it('is the same for the scripts and for the tests', () => {
    const script = readFileSync(new URL('node/plan.sh', import.meta.url), 'utf8');
    const planned = Object.fromEntries(
      [...script.matchAll(/^([a-z_]+)=(\S+)$/gm)].map(([, name = '', value]) => [toCamelCase(name), value]),
    );
    const expected = Object.entries(clusterPlan).map(([name, value]) => [name, String(value)]);
    expect(planned).toEqual(Object.fromEntries(expected));
  });
});

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
