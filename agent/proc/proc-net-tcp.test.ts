import { createServer, connect } from 'node:net';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseProcNetTcp } from './proc-net-tcp.ts';

const tcp4 = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1214 1 0000000085128007 100 0 0 10 0
   1: 010200C0:D431 090071CB:01BB 01 00000024:00000000 01:0000006D 00000003  1000        0 99887 2 0000000085128007 100 0 0 10 0
   2: 010200C0:D4`;
const tcp6 = `   0: B80D0120000000000000000001000000:1F90 0000000000000000FFFF0000010200C0:D431 08 00000000:00000000 00:00000000 00000000     0        0 7 1 0 100`;

describe('parseProcNetTcp', () => {
  it('reads sockets with their timers and skips what is cut short', () => {
    expect([...parseProcNetTcp(tcp4)]).toEqual([
      expect.objectContaining({ localIp: '127.0.0.1', localPort: 2024, state: 10, inode: 1214 }),
      {
        localIp: '192.0.2.1',
        localPort: 54321,
        remoteIp: '203.113.0.9',
        remotePort: 443,
        state: 1,
        timer: 1,
        unansweredTimeouts: 3,
        uid: 1000,
        inode: 99887,
      },
    ]);
  });

  it('reads IPv6 and gives v4-mapped peers as IPv4', () => {
    expect([...parseProcNetTcp(tcp6)]).toMatchObject([
      { localIp: '2001:db8::1', localPort: 8080, remoteIp: '192.0.2.1', remotePort: 54321 },
    ]);
  });

  it.skipIf(process.platform !== 'linux')('agrees with this kernel', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const client = connect(port, '127.0.0.1');
    await once(client, 'connect');
    const sockets = [...parseProcNetTcp(readFileSync('/proc/net/tcp', 'utf8'))];
    expect(sockets).toContainEqual(
      expect.objectContaining({
        localIp: '127.0.0.1',
        localPort: client.localPort,
        remoteIp: '127.0.0.1',
        remotePort: port,
        state: 1,
      }),
    );
    client.destroy();
    server.close();
  });
});
