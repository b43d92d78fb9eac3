import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Capture, CaptureRequest, CaptureSelector } from '../../stream/events/capture.ts';
import { injectFault } from '../../test/lab/faults.ts';
import type { Host } from '../../test/lab/host.ts';
import { whyNoLab } from '../../test/lab/lab-support.ts';
import { createLab, type Lab } from '../../test/lab/lab.ts';
import { startClient, startServer } from '../../test/lab/traffic.ts';
import { probeKernel } from '../bpf/kernel.ts';
import { systemClock } from '../clock.ts';
import { createFlightRecorder, type StartableFlightRecorder } from './flight-recorder.ts';
import { addressText, decodePacket } from './packet.ts';
import { readCapture } from './read-capture.ts';
import { defaultRecorderLimits } from './recorder-limits.ts';
import { createRecorderSource, type RecorderSourceOptions } from './recorder-source.ts';
import { planRings } from './ring-plan.ts';
import {
  countSentAgain,
  missing,
  type PacketLine,
  readsCleanly,
  startTcpdump,
  timeDistancesUs,
  tsharkLines,
} from './testing/packet-lines.ts';

const root = new URL('../..', import.meta.url).pathname;
const silentLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const kernel = probeKernel();
const cannot = whyNoLab() ?? (kernel.usable ? undefined : kernel.problems[0]?.reason);

/** SO_NETNS_COOKIE of a namespace, asked by a process in it. */
async function netnsCookieOf(host: Host): Promise<string> {
  const script = `
    const koffi = require(${JSON.stringify(join(root, 'node_modules/koffi'))});
    const libc = koffi.load('libc.so.6');
    const socket = libc.func('int socket(int, int, int)');
    const getsockopt = libc.func('int getsockopt(int, int, int, _Out_ uint8_t *, _Inout_ uint32_t *)');
    const value = Buffer.alloc(8);
    if (getsockopt(socket(2, 1, 0), 1, 71, value, [8]) !== 0) throw new Error('SO_NETNS_COOKIE');
    console.log(value.readBigUInt64LE().toString());`;
  return (await host.runInNetwork(process.execPath, ['-e', script])).trim();
}

async function selectorOf(client: Host, server: Host, family: 4 | 6 = 4): Promise<CaptureSelector> {
  const ip = family === 4 ? server.address4 : server.address6;
  return {
    subject: {
      cluster: 'c',
      node: 'n',
      namespace: 'n',
      workload: `netns/${client.name}`,
      netns_cookie: await netnsCookieOf(client),
    },
    peer: { kind: 'workload', name: `netns/${server.name}`, ip },
    peer_ips: [ip],
    role: 'client',
    service_port: 8080,
  };
}

let requests = 0;
function requestFor(selector: CaptureSelector, overrides: Partial<CaptureRequest> = {}): CaptureRequest {
  return {
    id: `capture-${++requests}`,
    alert: {
      fingerprint: `f${requests}`,
      episode: 1,
      rule_id: 'tcp-retransmit-spike',
      summary: 'a → b: 5 %',
    },
    requested_by: 'rule',
    requested_at_ms: Date.now(),
    node: 'n',
    selector,
    before_ms: 10_000,
    during_ms: 1_000,
    max_bytes: 20_000_000,
    cooldown_ms: 60_000,
    ...overrides,
  };
}

function createRecorder(
  directory: string,
  source: Partial<RecorderSourceOptions> = {},
): StartableFlightRecorder {
  return createFlightRecorder({
    openSource: createRecorderSource({ bpfDirectory: join(root, 'bpf'), kernel, ...source }),
    directory,
    limits: defaultRecorderLimits,
    clock: systemClock,
    logger: silentLogger,
  });
}

/** Ids of the programs that a process holds. */
function programsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fdinfo`;
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  return texts.flatMap((text) => /^prog_id:\s*(\d+)$/m.exec(text)?.[1] ?? []);
}

function programExists(id: string): boolean {
  return spawnSync('bpftool', ['prog', 'show', 'id', id], { stdio: 'ignore' }).status === 0;
}

describe.skipIf(cannot !== undefined)('flight recorder on real traffic', () => {
  let lab: Lab;
  let recorder: StartableFlightRecorder;
  let directory: string;
  const folder = mkdtempSync(join(tmpdir(), 'recorder-'));

  beforeAll(async () => {
    lab = await createLab({ hosts: ['checkout', 'payments', 'flooder'] });
    directory = join(folder, 'captures');
    recorder = createRecorder(directory);
    await recorder.start();
    await startServer(lab.host('payments'));
    await startServer(lab.host('checkout'), { port: 8081 });
  });
  afterAll(async () => {
    await recorder.stop();
    await lab[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it('catches the packets that a tcpdump beside it catches, at the same times, and no others', async () => {
    const { capture, phases, faultUs, theirs: all, checkout } = await compareFairly();
    expect(capture).toMatchObject({ phase: 'complete', reason: null, truncated: false });
    expect(phases.map(({ phase }) => phase)).toEqual(['frozen', 'following', 'complete']);
    const file = capture.file ?? '';
    const everything = tsharkLines(file);
    // The rings of all processors are complete from here on; what is older is a bonus.
    const alertUs = everything[capture.packets_before]?.timeUs ?? 0;
    const since = Math.max(alertUs - capture.seconds_held * 1e6, everything[0]?.timeUs ?? 0) + 1000;
    const until = (everything.at(-1)?.timeUs ?? 0) - 1000;
    const within = ({ timeUs }: PacketLine): boolean => timeUs >= since && timeUs <= until;
    const [ours, theirs] = [everything.filter(within), all.filter(within)];
    // 2,000 packets/s, the oldest 5 s before the fault.
    expect(faultUs - since).toBeGreaterThan(5e6);
    expect(theirs.length / ((until - since) / 1e6)).toBeGreaterThan(1_900);
    expect(missing(theirs, everything).length).toBeLessThan(theirs.length * 0.01);
    expect(missing(ours, all)).toEqual([]);
    expect(Math.abs(ours.length - theirs.length)).toBeLessThan(theirs.length * 0.01);
    expect(timeDistancesUs(ours, all).filter((us) => us > 1_000).length).toBeLessThan(ours.length * 0.001);

    expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(capture.sha256);
    expect(everything.length).toBe(capture.packets_before + capture.packets_after);
    expect(capture.packets_before).toBeGreaterThan(10_000);
    expect(capture.packets_after).toBeGreaterThan(2_000);
    const { summary } = capture;
    const sentAgain = countSentAgain(all, checkout.address4, everything[0]?.timeUs ?? 0, until + 1000);
    expect(sentAgain).toBeGreaterThan(20);
    expect(Math.abs((summary?.retransmissions_out ?? 0) - sentAgain)).toBeLessThan(3 + sentAgain * 0.05);
    // A peer that waits for a processor answers late: what was sent again too early then looks like loss of its answers.
    expect(summary?.likely_cause).toMatch(/^loss (on the way to the peer|in both directions): \d+ segments/);
    expect(readsCleanly(file)).toBe(true);
  }, 120_000);

  /** A machine that is busy with other things makes tcpdump drop packets, or turns the rings: then once more. */
  async function compareFairly(): Promise<Awaited<ReturnType<typeof compare>>> {
    for (let attempt = 1; ; attempt++) {
      const result = await compare();
      const fair = result.dropped === 0 && result.capture.seconds_held > 6.5;
      if (fair || attempt === 4) return result;
    }
  }

  async function compare() {
    const [checkout, payments] = [lab.host('checkout'), lab.host('payments')];
    const beside = join(folder, 'beside.pcap');
    const tcpdump = startTcpdump(checkout, beside, `tcp port 8080 and host ${payments.address4}`);
    await sleep(500);
    const busy = { target: payments.address4, connections: 20, rate: 50, requestBytes: 1400 };
    const traffic = await startClient(checkout, busy);
    const other = await startClient(lab.host('flooder'), { target: payments.address4 });
    const backwards = await startClient(payments, { target: checkout.address4, port: 8081 });
    await sleep(7_000);
    const selector = await selectorOf(checkout, payments);
    const faultUs = Date.now() * 1000;
    const fault = await injectFault(payments, { kind: 'loss', percent: 5 }, { from: checkout });
    await sleep(300);
    recorder.freeze(selector);
    await sleep(500);
    recorder.freeze(selector);
    const phases: Capture[] = [];
    const request = requestFor(selector, { during_ms: 2_000 });
    const capture = await recorder.capture(request, (phase) => phases.push(phase));
    await fault.clear();
    await Promise.all([traffic.stop(), other.stop(), backwards.stop()]);
    const dropped = await tcpdump.stop();
    return { capture, phases, faultUs, dropped, theirs: tsharkLines(beside), checkout };
  }

  it('catches IPv6, seen from the server, and not one byte of payload', async () => {
    const [checkout, payments] = [lab.host('checkout'), lab.host('payments')];
    const traffic = await startClient(checkout, { target: payments.address6, rate: 50 });
    await sleep(1_000);
    const selector = {
      ...(await selectorOf(payments, checkout)),
      peer_ips: [checkout.address6, checkout.address4],
      role: 'server' as const,
    };
    // Not so far back as the IPv4 connections of the test before.
    const request = requestFor(selector, { before_ms: 1_200 });
    const capture = await recorder.capture(request, () => undefined);
    await traffic.stop();
    expect(capture.packets_before).toBeGreaterThan(300);
    expect(capture.packets_after).toBeGreaterThan(300);
    const { packets } = readCapture(readFileSync(capture.file ?? ''));
    const decoded = packets.map(({ bytes }) => decodePacket(bytes));
    const ends = decoded.map((packet) =>
      [packet?.source, packet?.destination].map((a) => a && addressText(a)).sort(),
    );
    expect(new Set(ends.map(String))).toEqual(
      new Set([String([checkout.address6, payments.address6].sort())]),
    );
    // Cut behind the transport header: not one byte of payload.
    for (const [n, packet] of decoded.entries())
      if (packet?.transport.kind === 'tcp')
        expect(packets[n]?.bytes.length).toBe(packet.networkBytes + packet.transport.headerBytes);
  });

  it('finds the other direction of a translated connection by its socket', async () => {
    const [checkout, payments] = [lab.host('checkout'), lab.host('payments')];
    const service = '203.0.113.80';
    await checkout.runInNetwork(
      'nft',
      ['-f', '-'],
      `table ip nat { chain out { type nat hook output priority -100; ip daddr ${service} tcp dport 80 dnat to ${payments.address4}:8080; }; }\n`,
    );
    const selector = { ...(await selectorOf(checkout, payments)), peer_ips: [service], service_port: 80 };
    const traffic = await startClient(checkout, { target: service, port: 80, connections: 1, rate: 50 });
    await sleep(500);
    const capture = await recorder.capture(requestFor(selector), () => undefined);
    await traffic.stop();
    await checkout.runInNetwork('nft', ['delete', 'table', 'ip', 'nat']);
    const { packets } = readCapture(readFileSync(capture.file ?? ''));
    const out = packets.filter(({ direction }) => direction === 'out').length;
    expect(packets.length).toBeGreaterThan(100);
    expect(out / packets.length).toBeGreaterThan(0.4);
    expect(capture.summary).toMatchObject({ flows: 1, syns: 1, handshakes_completed: 1 });
  });

  it('keeps the story of a connection while another namespace floods', async () => {
    const ringBytes = 4 * 1024 * 1024;
    const { rings, packetSlots } = planRings(ringBytes, availableParallelism());
    const small = createRecorder(join(folder, 'flooded'), { ringBytes });
    await small.start();
    try {
      const [checkout, payments, flooder] = [lab.host('checkout'), lab.host('payments'), lab.host('flooder')];
      const selector = await selectorOf(checkout, payments);
      const packets = (): number => small.status()?.programs.packets ?? 0;
      const traffic = await startClient(checkout, { target: payments.address4, connections: 3, rate: 5 });
      const [connectedAtMs, before] = [performance.now(), packets()];
      const flood = await startClient(flooder, { target: payments.address4, connections: 50, rate: 100 });
      // No longer than it takes: the whole machine writes into the small ring, too.
      await vi.waitFor(() => expect(packets() - before).toBeGreaterThan(rings * packetSlots), 20_000);
      const capture = await small.capture(requestFor(selector, { during_ms: 100 }), () => undefined);
      const sinceConnectedS = (performance.now() - connectedAtMs) / 1_000;
      await Promise.all([traffic.stop(), flood.stop()]);
      // The large ring has forgotten the handshakes, the small one has not.
      expect(capture.seconds_held).toBeLessThan(sinceConnectedS);
      expect(capture.summary).toMatchObject({ flows: 3, syns: 3, handshakes_completed: 3 });
    } finally {
      await small.stop();
    }
  });

  it('goes on within the quota of a namespace, and counts what it left out', async () => {
    const strict = createRecorder(join(folder, 'strict'), { packetQuota: 50 });
    await strict.start();
    try {
      const [checkout, payments] = [lab.host('checkout'), lab.host('payments')];
      const traffic = await startClient(checkout, { target: payments.address4, connections: 5, rate: 100 });
      await sleep(2_000);
      const capture = await strict.capture(requestFor(await selectorOf(checkout, payments)), () => undefined);
      await traffic.stop();
      expect(capture.packets_before).toBeLessThan(2 * (100 + 2.5 * 50));
      // Following is asked for and has no quota.
      expect(capture.packets_after).toBeGreaterThan(700);
      expect(strict.status()?.programs.packets_over_quota).toBeGreaterThan(1_000);
    } finally {
      await strict.stop();
    }
  });

  it('leaves no programs behind when it is killed', async () => {
    const script = `
      import { createRecorderSource } from ${JSON.stringify(join(root, 'agent/recorder/recorder-source.ts'))};
      import { probeKernel } from ${JSON.stringify(join(root, 'agent/bpf/kernel.ts'))};
      const source = createRecorderSource({ bpfDirectory: ${JSON.stringify(join(root, 'bpf'))}, kernel: probeKernel() })();
      console.log('attached');
      setInterval(() => source.counters(), 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const closed = new Promise((resolve) => child.once('close', resolve));
    let ids: readonly string[] = [];
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve));
      ids = [...new Set(programsOf(child.pid ?? -1))];
      expect(ids.filter(programExists).length).toBe(2);
    } finally {
      child.kill('SIGKILL');
      await closed;
    }
    await expect.poll(() => ids.filter((id) => programExists(id)), { timeout: 5_000 }).toEqual([]);
  });
});
