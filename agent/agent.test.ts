import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { observationBatchSchema, type ObservationBatch } from '../stream/events/observation.ts';
import type { CaptureSelector } from '../stream/events/capture.ts';
import { createAgent, type AgentOptions } from './agent.ts';
import { BpfError } from './bpf/errors.ts';
import type { KernelSupport } from './bpf/kernel.ts';
import type { Probe, ProbeContext, ProbeRow } from './probe.ts';
import { ManualClock } from './testing/manual-clock.ts';

const kernel: KernelSupport = {
  usable: true,
  release: '6.18.0',
  architecture: 'x86',
  cgroup2Path: '/sys/fs/cgroup',
  tracefs: true,
  canEnterNamespaces: true,
  problems: [],
};

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const namers = {
  workloadNamer: {
    subjectOf: ({ netnsInode }: { netnsInode: number }) => ({
      cluster: 'c1',
      node: 'n1',
      namespace: 'shop',
      workload: `netns/${netnsInode}`,
    }),
  },
  peerNamer: {
    peerOf: (_cookie: bigint, ip: string) => ({ kind: 'external' as const, name: 'api.example.com', ip }),
  },
  processNamer: {
    processOf: (pid: number) => ({ pid, comm: 'checkout', executable: '/usr/bin/checkout', uid: 1000 }),
  },
};

function rowOf(
  netnsInode: number,
  fields: Record<string, number>,
  sockets: ProbeRow['sockets'] = [],
): ProbeRow {
  return {
    signal: 'tcp.retransmits',
    owner: { netnsCookie: BigInt(netnsInode), netnsInode, cgroupId: 1n },
    role: 'client',
    servicePort: 443,
    peerIp: '203.0.113.9',
    fields,
    sockets,
  };
}

/** A probe that the test speaks through. */
class ScriptedProbe implements Probe {
  readonly signals = ['tcp.retransmits'];
  readonly name: string;
  context: ProbeContext | undefined;
  rows: readonly ProbeRow[] = [];
  stops = 0;

  constructor(name = 'scripted') {
    this.name = name;
  }
  async start(context: ProbeContext) {
    this.context = context;
    return { attached: true as const, notes: [] };
  }
  collect(): readonly ProbeRow[] {
    const rows = this.rows;
    this.rows = [];
    return rows;
  }
  health() {
    return { counters: { events_lost: 3 }, mapFullness: { peers: 0.25 } };
  }
  async stop(): Promise<void> {
    this.stops++;
  }
}

class FailingProbe extends ScriptedProbe {
  override async start(): Promise<never> {
    throw new BpfError('load', 'load tcp.bpf.o', { errno: 13, log: ['R0 invalid mem access'] });
  }
}

function setUp(changes: Partial<AgentOptions> = {}) {
  const clock = new ManualClock(Date.UTC(2026, 10, 21, 8, 0, 0, 250));
  const batches: ObservationBatch[] = [];
  const frozen: CaptureSelector[] = [];
  const probe = new ScriptedProbe();
  const agent = createAgent({
    cluster: 'c1',
    node: 'n1',
    emit: (batch) => void batches.push(observationBatchSchema.parse(batch)),
    recorder: { freeze: (selector) => void frozen.push(selector) },
    logger: silent,
    clock,
    kernel,
    probes: [probe],
    ...namers,
    ...changes,
  });
  return { agent, batches, clock, frozen, probe };
}

describe('the agent', () => {
  it('leaves out signals that are not to be told, from one row to the next, and counts them', async () => {
    const off = new Set<string>();
    const metrics = new Registry();
    const { agent, batches, clock, frozen, probe } = setUp({
      metrics,
      isTold: (signal) => !off.has(signal),
      limits: { keyGapMs: 50, perSecond: 1 },
      derivations: [
        {
          signal: 'net.destinations',
          from: ['tcp.retransmits'],
          derive: (rows) =>
            rows.map(({ subject, row }) => ({ subject, row: { ...row, signal: 'net.destinations' } })),
        },
      ],
    });
    await agent.start();
    const window = (): readonly string[] => {
      probe.rows = [rowOf(1, { data_segments: 10 })];
      batches.length = 0;
      clock.advance(1_000);
      return batches.flatMap(({ rows }) => rows.map(({ signal }) => signal));
    };
    const candidate = (key: string) =>
      probe.context?.onCandidate({ key, take: () => rowOf(1, { retransmits: 3 }) });
    expect(window()).toEqual(['tcp.retransmits', 'net.destinations']);
    off.add('tcp.retransmits');
    // What is made from it still is.
    expect(window()).toEqual(['net.destinations']);
    candidate('a');
    expect(frozen).toEqual([]);
    off.add('net.destinations');
    expect(window()).toEqual([]);
    off.clear();
    batches.length = 0;
    // The one before it has not used the second's one candidate up.
    candidate('b');
    expect(batches).toMatchObject([{ candidate: true, rows: [{ signal: 'tcp.retransmits' }] }]);
    expect(window()).toEqual(['tcp.retransmits', 'net.destinations']);
    expect(await metrics.metrics()).toContain(
      'saccade_agent_rows_left_out_total{signal="tcp.retransmits"} 3',
    );
    await agent.stop();
  });

  it('tells each aligned window once, one batch a workload', async () => {
    const { agent, batches, clock, probe } = setUp();
    await agent.start();
    probe.rows = [
      rowOf(1, { data_segments: 10 }),
      rowOf(2, { data_segments: 20 }),
      rowOf(1, { data_segments: 5 }),
    ];
    clock.advance(749);
    expect(batches).toEqual([]);
    clock.advance(1);
    expect(
      batches.map(({ subject, rows }) => [
        subject.workload,
        rows.map(({ fields }) => fields['data_segments']),
      ]),
    ).toEqual([
      ['netns/1', [10, 5]],
      ['netns/2', [20]],
    ]);
    expect(batches[0]).toMatchObject({
      candidate: false,
      window: { start: '2026-11-21T08:00:00.000Z', ms: 1_000, elapsed_ms: 1_000 },
    });
    clock.advance(5_000);
    expect(batches).toHaveLength(2);
    await agent.stop();
  });

  it('tells a candidate at once, with its processes, and freezes its packets a little later', async () => {
    const { agent, batches, clock, frozen, probe } = setUp();
    await agent.start();
    const socket = { local: '192.0.2.10:40000', remote: '203.0.113.9:443', state: 'ESTABLISHED', pid: 4711 };
    clock.advance(100);
    probe.context?.onCandidate({ key: 'a', take: () => rowOf(1, { retransmits: 3 }, [socket]) });
    expect(batches).toHaveLength(1);
    expect(batches[0]).toMatchObject({
      candidate: true,
      window: { start: '2026-11-21T08:00:00.000Z', elapsed_ms: 350 },
      rows: [{ peer: { name: 'api.example.com' }, evidence: { sockets: [{ pid: 4711, comm: 'checkout' }] } }],
    });
    clock.advance(200);
    expect(frozen).toMatchObject([
      { subject: { workload: 'netns/1' }, peer_ips: ['203.0.113.9'], role: 'client', service_port: 443 },
    ]);
    await agent.stop();
  });

  it('leaves out what a namespace sends while it is being taken apart, and counts it', async () => {
    const metrics = new Registry();
    const workloadNamer = { ...namers.workloadNamer, isEnding: () => true };
    const { agent, batches, clock, frozen, probe } = setUp({ metrics, workloadNamer });
    await agent.start();
    const rows = [rowOf(1, { retransmits: 3 })];
    probe.context?.onCandidate({ key: 'a', take: () => rows.pop() });
    probe.rows = [rowOf(1, { retransmits: 7 })];
    clock.advance(1_000);
    expect(batches).toEqual([]);
    expect(frozen).toEqual([]);
    expect(await metrics.metrics()).toContain('saccade_agent_rows_of_ending_namespaces_total 2');
    await agent.stop();
  });

  it('tells once that a workload has ended, when nobody came back', async () => {
    let empty = false;
    const workloadNamer = { ...namers.workloadNamer, isEnding: () => empty };
    const { agent, batches, clock, probe } = setUp({ workloadNamer });
    await agent.start();
    probe.rows = [rowOf(1, { data_segments: 7 })];
    clock.advance(1_000);
    empty = true;
    clock.advance(60_000);
    expect(batches.map(({ ended, rows }) => [ended, rows.length])).toEqual([
      [undefined, 1],
      [true, 0],
    ]);
    expect(batches[1]?.subject.workload).toBe('netns/1');
    await agent.stop();
  });

  it('covers every window when it comes late, and loses nothing when it stops', async () => {
    const { agent, batches, clock, probe } = setUp();
    await agent.start();
    clock.advance(750);
    probe.rows = [rowOf(1, { data_segments: 7 })];
    clock.advance(400);
    await agent.stop();
    await agent.stop();
    expect(batches).toHaveLength(1);
    expect(batches[0]?.window).toEqual({ start: '2026-11-21T08:00:01.000Z', ms: 1_000, elapsed_ms: 400 });
    expect(probe.stops).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('reports a probe that cannot load, and goes on with the others', async () => {
    const other = new ScriptedProbe('other');
    const dns = Object.assign(new FailingProbe('dns'), { signals: ['dns'] });
    const { agent, batches, clock } = setUp({ probes: [dns, other] });
    const report = await agent.start();
    expect(report.signals).toEqual([
      expect.objectContaining({
        signal: 'dns',
        attached: false,
        reason: 'load tcp.bpf.o: refused by the verifier or not permitted (EACCES)',
      }),
      expect.objectContaining({ signal: 'tcp.retransmits', attached: true, probe: 'other' }),
    ]);
    expect(report.signals[0]?.remedy).not.toBe('');
    other.rows = [rowOf(1, { data_segments: 1 })];
    clock.advance(1_000);
    expect(batches).toHaveLength(1);
    await agent.stop();
  });

  it('falls back for a signal that no probe gives, and says what is wrong with the intended one', async () => {
    const fallback = new ScriptedProbe('proc');
    const unused = Object.assign(new ScriptedProbe('unused'), { signals: ['dns'] });
    const { agent } = setUp({
      probes: [new FailingProbe('tcp'), Object.assign(new ScriptedProbe('dns'), { signals: ['dns'] })],
      fallbacks: [fallback, unused],
    });
    const { signals } = await agent.start();
    expect(signals[0]).toMatchObject({ attached: true, probe: 'proc', fallback: true });
    expect(signals[0]?.reason).toMatch(/^load tcp/);
    expect(unused.context).toBeUndefined();
    await agent.stop();
  });

  it('goes on when collecting, freezing or emitting fails, and counts it', async () => {
    const metrics = new Registry();
    const fail = (): never => {
      throw new Error('broken');
    };
    const { agent, clock, probe } = setUp({ metrics, emit: fail, recorder: { freeze: fail } });
    await agent.start();
    const rows = [rowOf(1, { retransmits: 1 })];
    probe.context?.onCandidate({ key: 'a', take: () => rows.pop() });
    clock.advance(200);
    const text = await metrics.metrics();
    expect(text).toContain('saccade_agent_failures_total{step="emit"} 1');
    expect(text).toContain('saccade_agent_failures_total{step="freeze"} 1');
    expect(text).toContain(
      'saccade_agent_signal_attached{signal="tcp.retransmits",probe="scripted",fallback="false"} 1',
    );
    expect(text).toContain('saccade_agent_probe_events_total{probe="scripted",event="events_lost"} 3');
    expect(text).toContain('saccade_agent_map_fullness_ratio{probe="scripted",map="peers"} 0.25');
    expect(text).toContain('saccade_agent_candidates_total 1');
    await agent.stop();
    expect(await metrics.metrics()).not.toContain('saccade_agent');
  });

  it('reports failures of stopping together, after every probe had its turn', async () => {
    const first = new ScriptedProbe('first');
    const second = Object.assign(new ScriptedProbe('second'), {
      stop: () => Promise.reject(new Error('stuck')),
    });
    const { agent } = setUp({ probes: [first, second] });
    await agent.start();
    await expect(agent.stop()).rejects.toThrow('stop the probes');
    expect(first.stops).toBe(1);
  });
});
