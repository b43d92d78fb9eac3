import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Capture, CaptureRequest, CaptureSelector } from '../../stream/events/capture.ts';
import { injectFault } from '../../test/lab/faults.ts';
import type { Host } from '../../test/lab/host.ts';
import { whyNoLab } from '../../test/lab/lab-support.ts';
import { createLab, type Lab } from '../../test/lab/lab.ts';
import { startClient, startServer } from '../../test/lab/traffic.ts';
import { bpfObjectPath, probeKernel } from '../bpf/kernel.ts';
import { systemClock } from '../clock.ts';
import { createFlightRecorder, type StartableFlightRecorder } from './flight-recorder.ts';
import { defaultRecorderLimits } from './recorder-limits.ts';
import { openRecorderPrograms } from './recorder-programs.ts';
import { planRings } from './ring-plan.ts';

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

function createRecorder(directory: string, ringBytes = 32 * 1024 * 1024): StartableFlightRecorder {
  return createFlightRecorder({
    openSource: () =>
      openRecorderPrograms({
        objectPath: bpfObjectPath(join(root, 'bpf'), kernel.architecture ?? 'x86', 'recorder'),
        cgroup2Path: kernel.cgroup2Path ?? '/sys/fs/cgroup',
        plan: planRings(ringBytes, 2),
        loopback: false,
        packetQuota: 5000,
        storyQuota: 500,
      }),
    directory,
    limits: defaultRecorderLimits,
    clock: systemClock,
    logger: silentLogger,
  });
}

interface Line {
  readonly timeUs: number;
  readonly identity: string;
}

/** Epoch microseconds and what tells a packet from the next: addresses, ports, flags, numbers. */
function tsharkLines(file: string, filter: string): Line[] {
  const fields = [
    'frame.time_epoch',
    'ip.src',
    'ipv6.src',
    'tcp.srcport',
    'tcp.dstport',
    'tcp.seq_raw',
    'tcp.ack_raw',
    'tcp.flags',
    'tcp.window_size_value',
  ];
  const text = execFileSync(
    'tshark',
    ['-r', file, '-n', '-Y', filter, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 256 * 1024 * 1024 },
  );
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [time = '', ...rest] = line.split('\t');
      return { timeUs: Math.round(Number(time) * 1e6), identity: rest.join(' ') };
    });
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
    const checkout = lab.host('checkout');
    const payments = lab.host('payments');
    const beside = join(folder, 'beside.pcap');
    // In the machine's mounts: tcpdump writes where this test reads.
    const tcpdump = spawn('nsenter', [
      `--net=/run/netns/${checkout.namespace}`,
      'tcpdump',
      '-i',
      'eth0',
      '-s',
      '128',
      '-B',
      '16384',
      '-U',
      '-Z',
      'root',
      '-w',
      beside,
      `tcp port 8080 and host ${payments.address4}`,
    ]);
    await sleep(500);
    const traffic = await startClient(checkout, {
      target: payments.address4,
      connections: 10,
      rate: 60,
      requestBytes: 1400,
    });
    const other = await startClient(lab.host('flooder'), { target: payments.address4 });
    const backwards = await startClient(payments, { target: checkout.address4, port: 8081 });
    await sleep(6_500);
    const selector = await selectorOf(checkout, payments);
    const fault = await injectFault(payments, { kind: 'loss', percent: 5 }, { from: checkout });
    await sleep(300);
    recorder.freeze(selector);
    await sleep(500);
    recorder.freeze(selector);
    const phases: Capture[] = [];
    const capture = await recorder.capture(requestFor(selector, { during_ms: 2_000 }), (phase) =>
      phases.push(phase),
    );
    await fault.clear();
    await Promise.all([traffic.stop(), other.stop(), backwards.stop()]);
    await sleep(300);
    tcpdump.kill('SIGINT');
    await new Promise((resolve) => tcpdump.on('close', resolve));

    expect(capture).toMatchObject({ phase: 'complete', reason: null, truncated: false });
    expect(phases.map(({ phase }) => phase)).toEqual(['frozen', 'following', 'complete']);
    const file = capture.file ?? '';
    const ours = tsharkLines(file, 'tcp');
    const [first, last] = [ours[0]?.timeUs ?? 0, ours.at(-1)?.timeUs ?? 0];
    const theirs = tsharkLines(beside, 'tcp').filter(
      ({ timeUs }) => timeUs >= first - 1000 && timeUs <= last + 1000,
    );
    expect(theirs.length).toBeGreaterThan(5_000);
    expect(Math.abs(ours.length - theirs.length)).toBeLessThan(theirs.length * 0.01);
    expect(
      new Set(ours.map(({ identity }) => identity)).difference(new Set(theirs.map((l) => l.identity))).size,
    ).toBe(0);
  });
});
