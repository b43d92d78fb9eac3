import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type ExpectStatic, it } from 'vitest';
import { controlSocketPath } from '../../app/http/control-server.ts';
import { openHistoryReader } from '../../history/history-reader.ts';
import { databasePath } from '../../app/open-log.ts';
import { SaccadeProcess, startArguments, temporaryFolder } from './saccade-process.ts';

const canLoad = process.getuid?.() === 0 && existsSync('/sys/kernel/btf/vmlinux');

describe('a running Saccade', { concurrent: true, timeout: 120_000 }, () => {
  it.for(['SIGINT', 'SIGTERM'] as const)(
    '%s: exits with 0, everything detached',
    async (signal, { expect }) => {
      using folder = temporaryFolder();
      await using saccade = new SaccadeProcess(startArguments(folder.path));
      await saccade.started();
      const held = heldObjects(saccade.pid);
      const { code, out } = await saccade.end(signal);
      expect(code).toBe(0);
      expect(out).toMatch(/stopped; the next start goes on from here\s*$/);
      if (canLoad) expect(held.length).toBeGreaterThan(0);
      await expectGone(held, expect);
      expect(existsSync(controlSocketPath(folder.path))).toBe(false);
    },
  );

  it('kill -9: lock and socket are taken over, nothing stays in the kernel, the log goes on', async ({
    expect,
  }) => {
    using folder = temporaryFolder();
    await using first = new SaccadeProcess(startArguments(folder.path));
    await first.started();
    const held = heldObjects(first.pid);
    await first.end('SIGKILL');
    expect(existsSync(controlSocketPath(folder.path))).toBe(true);
    await expectGone(held, expect);

    await using second = new SaccadeProcess(startArguments(folder.path));
    const url = await second.started();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await second.end('SIGTERM')).code).toBe(0);
    using history = openHistoryReader(databasePath(folder.path));
    expect(history.listAlerts({ state: 'all' })).toBeInstanceOf(Array);
  });
});

interface KernelObject {
  readonly kind: 'prog' | 'link' | 'map';
  readonly id: string;
}

/** What the process holds in the kernel, by the descriptors it has open. */
function heldObjects(pid: number): readonly KernelObject[] {
  if (process.platform !== 'linux') return [];
  const folder = `/proc/${pid}/fdinfo`;
  return readdirSync(folder).flatMap((fd): KernelObject[] => {
    const found = /^(prog|link|map)_id:\s*(\d+)/m.exec(readFileSync(join(folder, fd), 'utf8'));
    return found === null ? [] : [{ kind: found[1] as KernelObject['kind'], id: found[2] ?? '' }];
  });
}

/** The kernel frees what nobody holds any more a moment later. */
async function expectGone(held: readonly KernelObject[], expect: ExpectStatic): Promise<void> {
  await expect.poll(() => held.filter(isLoaded), { timeout: 10_000 }).toEqual([]);
}

function isLoaded({ kind, id }: KernelObject): boolean {
  return spawnSync('bpftool', [kind, 'show', 'id', id]).status === 0;
}
