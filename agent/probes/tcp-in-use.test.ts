import { readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createLab } from '../../test/lab/lab.ts';
import { whyNoLab } from '../../test/lab/lab-support.ts';
import { startServer } from '../../test/lab/traffic.ts';
import { visitNetworkNamespaces } from './network-namespaces.ts';
import { holdsTcpSockets, tcpInUse } from './tcp-in-use.ts';

describe('TCP sockets of a network namespace', () => {
  it('are counted by the kernel', () => {
    const text = 'sockets: used 314\nTCP: inuse 76 orphan 0 tw 49 alloc 176 mem 0\nUDP: inuse 3 mem 0\n';
    expect(tcpInUse(text)).toBe(76);
    expect(tcpInUse('TCP6: inuse 0\nUDP6: inuse 1\n')).toBe(0);
    expect(tcpInUse('UDP: inuse 1\n')).toBeUndefined();
    expect(tcpInUse(undefined)).toBeUndefined();
  });

  it('are seen while there is one', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect(holdsTcpSockets()).toBe(true);
    server.close();
  });

  it.skipIf(whyNoLab() !== undefined)('are those of the namespace that the thread is in', async () => {
    await using lab = await createLab({ hosts: ['one', 'two'] });
    const server = await startServer(lab.host('one'), { seconds: 60 });
    const withSockets = new Set<string>();
    const without = new Set<string>();
    visitNetworkNamespaces(() => {
      const here = readlinkSync('/proc/thread-self/ns/net');
      (holdsTcpSockets() ? withSockets : without).add(here);
    });
    const inode = async (host: string): Promise<string> =>
      (await lab.host(host).runInNetwork('readlink', ['/proc/self/ns/net'])).trim();
    expect(withSockets).toContain(await inode('one'));
    expect(without).toContain(await inode('two'));
    await server.stop();
  });
});
