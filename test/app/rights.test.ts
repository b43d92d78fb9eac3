import { spawnSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  asNobody,
  type Launch,
  nobodyId,
  SaccadeProcess,
  startArguments,
  temporaryFolder,
} from './saccade-process.ts';

const launches: readonly (readonly [string, Launch])[] = [
  ['nobody', asNobody],
  [
    'root in a container without rights',
    { prefix: ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'] },
  ],
];

describe.runIf(process.getuid?.() === 0 && spawnSync('setpriv', ['--version']).status === 0)(
  'without the rights for eBPF',
  () => {
    it.each(launches)('%s: says why and what to do once, takes /proc, stops with 0', async (_who, launch) => {
      using folder = temporaryFolder();
      chownSync(folder.path, nobodyId, nobodyId);
      const own = launch.prefix?.includes('--no-new-privs') === true;
      if (own) chownSync(folder.path, 0, 0);
      await using saccade = new SaccadeProcess(startArguments(folder.path), launch);
      const url = await saccade.started();
      expect(saccade.out.match(/lacks CAP_/g)).toHaveLength(1);
      expect(saccade.out).toMatch(/to do run as root, or give the container CAP_/);
      expect(saccade.out).toMatch(/~ tcp\.retransmits +from \/proc only/);
      expect(saccade.out).toMatch(/✗ flight recorder +needs eBPF, see above/);
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(metrics).toMatch(/^saccade_/m);
      const { code, err } = await saccade.end('SIGINT');
      expect(err).not.toMatch(/^\s+at /m);
      expect(code).toBe(0);
    });
  },
);
