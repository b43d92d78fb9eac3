import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Probe, ProbeContext } from '../probe.ts';
import { createProcRetransmitsProbe } from './proc-retransmits.ts';
import { readTcpCounters } from './tcp-counters.ts';

let netPath = '';
let nowMs = 0;
beforeEach(() => {
  netPath = mkdtempSync(join(tmpdir(), 'saccade-proc-net-'));
  nowMs = 0;
});
afterEach(() => rmSync(netPath, { recursive: true }));

const context: ProbeContext = {
  clock: { nowMs: () => nowMs, monotonicNs: () => 0n, after: () => () => undefined },
  logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  onCandidate: () => undefined,
};

interface Counters {
  readonly out: number;
  readonly resent: number;
  readonly original?: number;
  readonly syn?: number;
  readonly fast?: number;
}

function writeCounters({ out, resent, original, syn = 0, fast = 0 }: Counters): void {
  writeFileSync(
    join(netPath, 'snmp'),
    `Ip: Forwarding\nIp: 1\nTcp: OutSegs RetransSegs\nTcp: ${out} ${resent}\n`,
  );
  const [name, value] = original === undefined ? ['', ''] : [' TCPOrigDataSent', ` ${original}`];
  writeFileSync(
    join(netPath, 'netstat'),
    `TcpExt: TCPSynRetrans TCPFastRetrans${name}\nTcpExt: ${syn} ${fast}${value}\nIpExt: InNoRoutes\nIpExt: 0\n`,
  );
}

/** `remote` as /proc shows it; `timeouts` without an answer, timer 1 runs. */
function writeSockets(
  ...sockets: { state: string; remote: string; timeouts: number; local?: string }[]
): void {
  const lines = sockets.map(
    ({ state, remote, timeouts, local = '010200C0:D431' }, index) =>
      `   ${index}: ${local} ${remote} ${state} 00000024:00000000 01:0000006D ${timeouts.toString(16).padStart(8, '0')}  1000        0 9${index} 2 0`,
  );
  writeFileSync(join(netPath, 'tcp'), `  sl  local_address …\n${lines.join('\n')}\n`);
}

async function startProbe(): Promise<Probe> {
  const probe = createProcRetransmitsProbe({ platform: 'linux', netPath });
  expect(await probe.start(context)).toMatchObject({ attached: true });
  return probe;
}

const toPeer = '090071CB:01BB';

describe('createProcRetransmitsProbe', () => {
  it('gives what was sent and sent again since the last collection, handshakes apart', async () => {
    writeCounters({ out: 900, original: 1_000, resent: 10, syn: 4, fast: 5 });
    const probe = await startProbe();
    expect(probe.collect()).toEqual([]);
    writeCounters({ out: 2_000, original: 1_100, resent: 22, syn: 6, fast: 11 });
    expect(probe.collect()).toMatchObject([
      {
        signal: 'tcp.retransmits',
        peerIp: '0.0.0.0',
        servicePort: 0,
        fields: { data_segments: 110, retransmits: 10, fast: 6, syn_retransmits: 2 },
      },
    ]);
    expect(probe.collect()).toEqual([]);
  });

  it('says so where the kernel tells only segments with pure ACKs among them', async () => {
    writeCounters({ out: 100, resent: 0 });
    const probe = createProcRetransmitsProbe({ platform: 'linux', netPath });
    const start = await probe.start(context);
    expect(start.attached ? start.notes.join() : '').toContain('pure ACKs');
    writeCounters({ out: 200, resent: 5 });
    expect(probe.collect()).toMatchObject([{ fields: { data_segments: 105, retransmits: 5 } }]);
  });

  it('starts anew when counters were reset, and counts what it cannot read', async () => {
    writeCounters({ out: 0, original: 1_000, resent: 10 });
    const probe = await startProbe();
    writeCounters({ out: 0, original: 5, resent: 0 });
    expect(probe.collect()).toEqual([]);
    writeCounters({ out: 0, original: 10, resent: 1 });
    expect(probe.collect()).toMatchObject([{ fields: { data_segments: 6, retransmits: 1 } }]);
    rmSync(join(netPath, 'snmp'));
    expect(probe.collect()).toEqual([]);
    expect(probe.health().counters.unreadable).toBe(1);
  });

  it('tells stalled sockets by peer, and once more when they are not stalled any longer', async () => {
    writeCounters({ out: 0, resent: 0 });
    const probe = await startProbe();
    writeSockets(
      { state: '01', remote: toPeer, timeouts: 2 },
      { state: '01', remote: toPeer, timeouts: 7 },
      { state: '01', remote: '0A0071CB:01BB', timeouts: 1 },
      { state: '02', remote: '0B0071CB:01BB', timeouts: 5 },
    );
    expect(probe.collect()).toMatchObject([
      {
        role: 'client',
        servicePort: 443,
        peerIp: '203.113.0.9',
        fields: { stalled_sockets: 2 },
        sockets: [
          { local: '192.0.2.1:54321', remote: '203.113.0.9:443', state: 'ESTABLISHED', uid: 1000 },
          {},
        ],
      },
    ]);
    writeSockets({ state: '01', remote: toPeer, timeouts: 0 });
    nowMs += 60_000;
    expect(probe.collect()).toMatchObject([
      { peerIp: '203.113.0.9', fields: { stalled_sockets: 0 }, sockets: [] },
    ]);
    nowMs += 60_000;
    expect(probe.collect()).toEqual([]);
  });

  it('knows a server by the port that it listens on', async () => {
    writeCounters({ out: 0, resent: 0 });
    const probe = await startProbe();
    writeSockets(
      { state: '0A', remote: '00000000:0000', timeouts: 0, local: '00000000:1F90' },
      { state: '01', remote: '090071CB:D431', timeouts: 3, local: '010200C0:1F90' },
    );
    expect(probe.collect()).toMatchObject([{ role: 'server', servicePort: 8080 }]);
  });

  it('is not available elsewhere, and then gives nothing', async () => {
    const probe = createProcRetransmitsProbe({ platform: 'darwin', netPath });
    expect(await probe.start(context)).toMatchObject({ attached: false });
    expect(probe.collect()).toEqual([]);
    const hidden = createProcRetransmitsProbe({ platform: 'linux', netPath: join(netPath, 'absent') });
    expect(await hidden.start(context)).toMatchObject({ attached: false });
    await hidden.stop();
  });
});

describe.skipIf(process.platform !== 'linux')('readTcpCounters', () => {
  it('reads those of this kernel', () => {
    expect(readTcpCounters('/proc/self/net')).toMatchObject({
      dataSegments: expect.any(Number) as number,
      retransmits: expect.any(Number) as number,
    });
  });
});
