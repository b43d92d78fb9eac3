import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Capture, CaptureRequest, CaptureSelector } from '../../stream/events/capture.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { createFlightRecorder, type StartableFlightRecorder } from './flight-recorder.ts';
import { readCapture } from './read-capture.ts';
import { defaultRecorderLimits, type RecorderLimits } from './recorder-limits.ts';
import { createScriptedSource, type ScriptedSource } from './testing/scripted-source.ts';

const wallStartMs = 1_795_000_000_000;
const selector: CaptureSelector = {
  subject: { cluster: 'c', node: 'n', namespace: 'n', workload: 'netns/a', netns_cookie: '7' },
  peer: { kind: 'workload', name: 'netns/b', ip: '192.0.2.2' },
  peer_ips: ['192.0.2.2'],
  role: 'client',
  service_port: 8080,
};

/** In steps, between which files are written. */
async function advanceTo(clock: ManualClock, ms: number): Promise<void> {
  for (let leftMs = wallStartMs + ms - clock.nowMs(); leftMs > 0; leftMs -= 100) {
    clock.advance(Math.min(100, leftMs));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('createFlightRecorder', () => {
  let folder: string;
  let source: ScriptedSource;
  let clock: ManualClock;
  let recorder: StartableFlightRecorder;
  let ids: number;
  /** Captures whose time runs. */
  let following: Set<string>;

  async function begin(limits: Partial<RecorderLimits> = {}): Promise<void> {
    recorder = createFlightRecorder({
      openSource: () => source,
      directory: folder,
      limits: { ...defaultRecorderLimits, ...limits },
      clock,
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    await recorder.start();
    await advanceTo(clock, 20_000);
  }
  const requestOf = (overrides: Partial<CaptureRequest> = {}): CaptureRequest => ({
    id: `c${++ids}`,
    alert: { fingerprint: `f${ids}`, episode: 1, rule_id: 'r', summary: 's' },
    requested_by: 'rule',
    requested_at_ms: clock.nowMs(),
    node: 'n',
    selector,
    before_ms: 10_000,
    during_ms: 1_000,
    max_bytes: 1_000_000,
    cooldown_ms: 0,
    ...overrides,
  });
  const capture = (overrides: Partial<CaptureRequest> = {}): Promise<Capture> =>
    recorder.capture(requestOf(overrides), onPhase);
  function onPhase({ id, phase }: Capture): void {
    if (phase === 'frozen') following.add(id);
    else if (phase !== 'following') following.delete(id);
  }
  /** Every capture that has its turn has opened its files and follows, or has ended. */
  const allFollow = (): Promise<void> =>
    vi.waitFor(() => expect(following.size).toBe(recorder.status()?.captures.running), {
      timeout: 20_000,
      interval: 5,
    });
  async function passSecond(): Promise<void> {
    await allFollow();
    await advanceTo(clock, clock.nowMs() - wallStartMs + 1_100);
  }
  /** The same until all have ended, however long files take on a busy machine. */
  async function passUntilEnded(captures: readonly Promise<Capture>[]): Promise<readonly Capture[]> {
    let ended = false;
    const all = Promise.all(captures).finally(() => (ended = true));
    while (!ended) await passSecond();
    return all;
  }
  const packetsIn = ({ file }: Capture) => readCapture(readFileSync(file ?? '')).packets;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'captures-'));
    source = createScriptedSource();
    clock = new ManualClock(wallStartMs);
    ids = 0;
    following = new Set();
  });
  afterEach(async () => {
    await recorder.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('joins what was frozen, what is in the rings and what passes, once each and in order', async () => {
    await begin();
    source.record({ atMs: 5_000, direction: 'out' });
    source.record({ atMs: 12_000, direction: 'out' });
    source.record({ atMs: 12_000, direction: 'out', netnsCookie: 8n });
    source.record({ atMs: 12_500, direction: 'out', remote: '192.0.2.3', socketCookie: 71n });
    recorder.freeze(selector);
    await advanceTo(clock, 21_000);
    source.record({ atMs: 20_500, direction: 'in' });
    const running = capture();
    await vi.waitFor(() =>
      expect([...source.filters.values()]).toMatchObject([
        { filter: { netnsCookie: 7n, role: 'client', servicePort: 8080 }, untilKtimeNs: 22_000_000_000n },
      ]),
    );
    source.pass({ atMs: 21_500, direction: 'in' });
    source.pass({ atMs: 21_400, direction: 'out' });
    source.pass({ atMs: 21_450, direction: 'out', remote: '192.0.2.3', socketCookie: 71n });
    source.record({ atMs: 21_500, direction: 'in' });
    await passSecond();
    const done = await running;
    // Before and after the candidate at 20 s, not the request at 21 s; the packet at 5 s is too old.
    expect(done).toMatchObject({
      phase: 'complete',
      packets_before: 1,
      packets_after: 3,
      seconds_held: 10,
      truncated: false,
      first_packet_ms: wallStartMs + 12_000,
      last_packet_ms: wallStartMs + 21_500,
    });
    expect(packetsIn(done).map(({ wallNs }) => Number(wallNs / 1_000_000n) - wallStartMs)).toEqual([
      12_000, 20_500, 21_400, 21_500,
    ]);
    expect(packetsIn(done).map(({ comment }) => comment?.slice(0, 7))).toEqual([
      undefined,
      'alert r',
      undefined,
      undefined,
    ]);
    expect(source.filters.size).toBe(0);
  });

  it('says how much it still held', async () => {
    await begin();
    source.horizon = 17_500_000_000n;
    const running = capture();
    await passSecond();
    expect(await running).toMatchObject({ phase: 'complete', seconds_held: 2.5, packets_before: 0 });
  });

  it('refuses within the cool-down of the same alert, and only of that', async () => {
    await begin();
    const alert = { fingerprint: 'f', episode: 1, rule_id: 'r', summary: 's' };
    const first = capture({ alert, cooldown_ms: 60_000 });
    await passSecond();
    expect((await first).phase).toBe('complete');
    expect(await capture({ alert, cooldown_ms: 60_000 })).toMatchObject({
      phase: 'refused',
      reason: 'cool-down: captured before, again in 59 s',
      file: null,
    });
    const other = capture({ cooldown_ms: 60_000 });
    await passSecond();
    expect((await other).phase).toBe('complete');
    await advanceTo(clock, 82_000);
    const later = capture({ alert, cooldown_ms: 60_000 });
    await passSecond();
    expect((await later).phase).toBe('complete');
    expect(recorder.status()?.captures).toEqual({
      running: 0,
      waiting: 0,
      complete: 3,
      failed: 0,
      refused: 1,
    });
  });

  it('lets more than so many at once wait, the most urgent first, and keeps what passes meanwhile', async () => {
    await begin({ maxConcurrent: 1 });
    const ended: string[] = [];
    const captures = [0.5, 1.5, 2.5, 2.5].map(async (urgency, index) => {
      const done = await capture({ urgency });
      ended.push(`${index} ${done.phase}`);
      return done;
    });
    source.record({ atMs: 20_000, direction: 'out' });
    expect(recorder.status()?.captures).toMatchObject({ running: 1, waiting: 3 });
    const [, notice] = await passUntilEnded(captures);
    expect(ended).toEqual(['0 complete', '2 complete', '3 complete', '1 complete']);
    expect(notice).toMatchObject({ packets_after: 1, truncated: false });
    expect(recorder.status()?.captures).toMatchObject({ running: 0, waiting: 0, refused: 0 });
  });

  it('tells a first look of one that waits, once, where an alert asked for it', async () => {
    await begin({ maxConcurrent: 1 });
    const told: Capture[] = [];
    const tell = (capture: Capture): void => {
      onPhase(capture);
      told.push(capture);
    };
    const before = capture({ during_ms: 4_000 });
    const waiting = recorder.capture(requestOf({ during_ms: 4_000 }), tell);
    const byHand = recorder.capture(requestOf({ during_ms: 4_000, alert: null }), tell);
    source.record({ atMs: 20_500, direction: 'out' });
    await allFollow();
    await advanceTo(clock, 21_500);
    expect(told).toEqual([]);
    await advanceTo(clock, 23_000);
    expect(told).toMatchObject([{ id: 'c2', phase: 'following', summary: { packets: 1 } }]);
    await passUntilEnded([before, waiting, byHand]);
    const ofWaiting = told.filter(({ id }) => id === 'c2');
    expect(ofWaiting.map(({ phase }) => phase)).toEqual(['following', 'frozen', 'complete']);
  });

  it('refuses the least urgent of too many that wait, which may be asked for again', async () => {
    await begin({ maxConcurrent: 1, maxWaiting: 1 });
    const alert = { fingerprint: 'f', episode: 1, rule_id: 'r', summary: 's' };
    const first = capture();
    const notice = capture({ alert, urgency: 1, cooldown_ms: 60_000 });
    const page = capture({ urgency: 2 });
    expect(await notice).toMatchObject({
      phase: 'refused',
      reason: 'number at once: 1 captures are running, 1 more urgent ones wait',
    });
    expect(await passUntilEnded([first, page])).toMatchObject([{ phase: 'complete' }, { phase: 'complete' }]);
    expect(await passUntilEnded([capture({ alert, urgency: 1, cooldown_ms: 60_000 })])).toMatchObject([
      { phase: 'complete' },
    ]);
  });

  it('refuses those that wait when it is stopped', async () => {
    await begin({ maxConcurrent: 1 });
    const captures = [capture(), capture({ urgency: 1 })];
    await allFollow();
    await recorder.stop();
    expect(await Promise.all(captures)).toMatchObject([
      { phase: 'complete' },
      { phase: 'refused', reason: 'the agent stopped before its turn' },
    ]);
  });

  it('bounds the memory of all captures together: one ends early, the next is refused', async () => {
    await begin({ maxRunningBytes: 600_000 });
    const first = capture();
    await allFollow();
    for (let n = 0; n < 20_000; n++) source.pass({ atMs: 20_000 + n / 100, direction: 'out' });
    const { heldBytes = 0 } = recorder.status() ?? {};
    expect(heldBytes).toBeGreaterThanOrEqual(600_000);
    expect(heldBytes).toBeLessThan(800_000);
    expect(await capture()).toMatchObject({
      phase: 'refused',
      reason: `memory: captures that run or wait hold ${heldBytes} bytes`,
    });
    await passSecond();
    expect(await first).toMatchObject({
      phase: 'complete',
      truncated: true,
      reason: 'the memory for all captures was full while following',
    });
    expect(recorder.status()).toMatchObject({ heldBytes: 0 });
  });

  it('answers a request that is delivered twice with one capture', async () => {
    await begin();
    const request = requestOf();
    const both = [recorder.capture(request, onPhase), recorder.capture(request, onPhase)];
    await passSecond();
    const [one, two] = await Promise.all(both);
    expect(one).toBe(two);
    expect(readdirSync(folder).length).toBe(1);
  });

  it('keeps to the bytes asked for, half of them for the time before', async () => {
    await begin();
    for (let n = 0; n < 1_000; n++) source.record({ atMs: 15_000 + n, direction: 'out' });
    const running = capture({ max_bytes: 10_000 });
    await allFollow();
    for (let n = 0; n < 1_000; n++) source.pass({ atMs: 20_000 + n, direction: 'out' });
    await passSecond();
    const done = await running;
    expect(done).toMatchObject({ phase: 'complete', truncated: true });
    expect(done.bytes).toBeLessThanOrEqual(10_000);
    expect(done.bytes).toBeGreaterThan(9_800);
    expect(done.packets_before).toBeGreaterThan(40);
    expect(done.packets_after).toBeGreaterThan(30);
    // Of the time before, the newest.
    expect(done.seconds_held).toBeCloseTo((1_000 - 1_000 + 4_000 + done.packets_before) / 1000, 2);
  });

  it('keeps to the disk: the oldest captures go, a larger one than all may take is refused', async () => {
    for (const [n, name] of ['old', 'newer'].entries()) {
      writeFileSync(join(folder, `${name}.pcapng`), new Uint8Array(6_000));
      utimesSync(join(folder, `${name}.pcapng`), 1_000 + n, 1_000 + n);
    }
    writeFileSync(join(folder, 'interrupted.pcapng.tmp'), 'x');
    await begin({ maxTotalBytes: 20_000 });
    const running = capture({ max_bytes: 10_000 });
    await passSecond();
    const { file } = await running;
    expect(
      readdirSync(folder)
        .map((name) => join(folder, name))
        .sort(),
    ).toEqual([file, join(folder, 'newer.pcapng')].sort());
    expect(recorder.status()?.disk).toMatchObject({ files: 2, pruned: 1 });
    expect(await capture({ max_bytes: 30_000 })).toMatchObject({
      phase: 'refused',
      reason: '30000 bytes are more than all captures may take (20000)',
    });
  });

  it('reports why it failed', async () => {
    await begin();
    const running = capture();
    rmSync(folder, { recursive: true });
    await passSecond();
    expect(await running).toMatchObject({
      phase: 'failed',
      reason: expect.stringContaining('ENOENT') as string,
    });
  });

  it('goes on with the rings alone where the kernel takes no filter', async () => {
    await begin();
    source.refuseFilters = true;
    const running = capture();
    await allFollow();
    source.record({ atMs: 20_300, direction: 'out' });
    await passSecond();
    expect(await running).toMatchObject({ phase: 'complete', packets_after: 1 });
  });

  it('writes what it has when it is stopped, and refuses from then on', async () => {
    await begin();
    source.record({ atMs: 19_000, direction: 'out' });
    const running = capture({ during_ms: 60_000 });
    await allFollow();
    await recorder.stop();
    expect(await running).toMatchObject({ phase: 'complete', packets_before: 1, truncated: true });
    expect(source.stopped).toBe(true);
    expect(await capture()).toMatchObject({ phase: 'refused', reason: 'the flight recorder is not running' });
  });

  it('leaves what led to the alert when it ends in the middle, and nothing beside a finished capture', async () => {
    await begin();
    source.record({ atMs: 19_000, direction: 'out' });
    const request = requestOf({ id: 'cut' });
    const running = recorder.capture(request, onPhase);
    const parts = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.part'));
    await expect.poll(parts).toHaveLength(1);
    const after = mkdtempSync(join(tmpdir(), 'captures-'));
    cpSync(folder, after, { recursive: true });
    writeFileSync(join(after, 'broken.pcapng.part'), 'not a capture');
    const next = createFlightRecorder({
      openSource: createScriptedSource,
      directory: after,
      limits: defaultRecorderLimits,
      clock,
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    const told = next.recovered?.(request);
    await next.start();
    expect(next.status()?.disk).toMatchObject({ files: 1, recovered: 1, discarded: 1 });
    expect(await told).toMatchObject({
      id: 'cut',
      phase: 'complete',
      truncated: true,
      reason: 'Saccade was restarted while this capture ran',
      packets_before: 0,
      packets_after: 1,
      seconds_held: 10,
      first_packet_ms: wallStartMs + 19_000,
      summary: { packets: 1 },
    });
    expect(await next.recovered?.(requestOf({ id: 'another' }))).toBeUndefined();
    const files = readdirSync(after);
    expect(files).toEqual([expect.stringMatching(/-cut\.pcapng$/)]);
    const left = readCapture(readFileSync(join(after, files[0] ?? '')));
    expect(left.packets).toHaveLength(1);
    expect(left.comments).toContain('truncated: the agent ended while following');
    await next.stop();
    rmSync(after, { recursive: true });
    await passSecond();
    expect(await running).toMatchObject({ phase: 'complete', reason: null });
    expect(parts()).toEqual([]);
  });

  it('drops freezes that nobody asks for, and the oldest of too many', async () => {
    await begin({ maxFreezes: 2, ttlMs: 5_000 });
    const ports = [1, 2, 3];
    for (const port of ports) recorder.freeze({ ...selector, service_port: port });
    expect(recorder.status()?.freezes).toMatchObject({ held: 2, evicted: 1, expired: 0 });
    await advanceTo(clock, 26_000);
    expect(recorder.status()?.freezes).toMatchObject({ held: 0, evicted: 1, expired: 2 });
  });
});
