import { readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { whyNoLab } from '../../test/lab/lab-support.ts';
import { createLab } from '../../test/lab/lab.ts';
import { visitNetworkNamespaces } from './network-namespaces.ts';

const here = (): string => readlinkSync('/proc/thread-self/ns/net');

describe.skipIf(whyNoLab() !== undefined)('visiting network namespaces', () => {
  it('works once in each, and comes home', async () => {
    await using lab = await createLab({ hosts: ['one', 'two'] });
    const home = here();
    const visited: string[] = [];
    const visit = visitNetworkNamespaces(() => void visited.push(here()));
    expect(visited[0]).toBe(home);
    expect(new Set(visited).size).toBe(visited.length);
    expect(visit).toEqual({ visited: visited.length, refused: 0 });
    // Two hosts, their router, and where we are.
    expect(visited.length).toBeGreaterThanOrEqual(lab.hosts.length + 2);
    expect(here()).toBe(home);
  });

  it('comes home when the work fails, and says so', async () => {
    await using _lab = await createLab({ hosts: ['one'] });
    const home = here();
    const failAway = (): void => {
      if (here() !== home) throw new Error('no iterator here');
    };
    expect(() => visitNetworkNamespaces(failAway)).toThrow('no iterator here');
    expect(here()).toBe(home);
  });
});
