import { createServer } from 'node:net';
import { once } from 'node:events';
import { readlinkSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createProcessNamer } from './process-namer.ts';

const onLinux = process.platform === 'linux';

describe.skipIf(!onLinux)('createProcessNamer', () => {
  it('names a running process', () => {
    const namer = createProcessNamer({ nowMs: () => 0 });
    expect(namer.processOf(process.pid)).toMatchObject({
      pid: process.pid,
      comm: expect.any(String) as string,
      executable: readlinkSync('/proc/self/exe'),
      uid: process.geteuid?.(),
    });
  });

  it('leaves a process that is gone its pid', () => {
    const namer = createProcessNamer({ nowMs: () => 0 });
    expect(namer.processOf(2 ** 30)).toEqual({ pid: 2 ** 30 });
  });

  it('finds who holds a socket', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const links = readdirSync('/proc/self/fd').flatMap((descriptor) => linkOf(descriptor));
    const namer = createProcessNamer({ nowMs: () => 0 });
    await Promise.all([namer.refreshSockets(), namer.refreshSockets()]);
    expect(links.length).toBeGreaterThan(0);
    for (const inode of links) expect(namer.pidOfSocket(inode)).toBeGreaterThan(0);
    server.close();
  });

  it('is bounded in processes and descriptors', async () => {
    const namer = createProcessNamer({ nowMs: () => 0, maxProcesses: 4, maxSockets: 10 });
    for (let pid = 1; pid <= 50; pid++) namer.processOf(pid);
    await namer.refreshSockets();
    expect(namer.stats()).toMatchObject({ processes: 4, process_sockets_overflowed: 1 });
  });
});

function linkOf(descriptor: string): readonly number[] {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1];
    return inode === undefined ? [] : [Number(inode)];
  } catch {
    return []; // The descriptor of the listing itself.
  }
}
