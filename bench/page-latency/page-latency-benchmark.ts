import { setTimeout as sleep } from 'node:timers/promises';
import { whyNoLab } from '../../test/lab/lab-support.ts';
import type { Benchmark, BenchmarkOptions, BenchmarkResult, BenchmarkRow } from '../benchmark.ts';
import { machineConditions } from '../machine.ts';
import { capturedPeers } from './captured-peers.ts';
import { type Court, learn, openCourt } from './court.ts';
import type { Lane } from './lane.ts';
import { latencyRow, lossesOf, type WatcherFigures } from './latency-rows.ts';
import { stackSettings } from './prometheus-config.ts';
import type { Trial } from './trial.ts';

/** How many of each; a lane each kind of traffic, both at once. */
interface Plan {
  readonly spikes: number;
  readonly bursts: number;
  /** Long enough for the stack with documented settings; 0: it takes no part. */
  readonly longTrialMs: number;
  /** Traffic without a fault, in which CPU is compared. */
  readonly quietMs: number;
}

const quickPlan: Plan = { spikes: 1, bursts: 1, longTrialMs: 0, quietMs: 10_000 };
const fullPlan: Plan = { spikes: 5, bursts: 8, longTrialMs: 150_000, quietMs: 40_000 };
const slowScrapeMs = 15_000;
/** Of starting up, before CPU is counted. */
const settleMs = 5_000;

export const pageLatencyBenchmark: Benchmark = {
  name: 'page-latency',
  description: 'seconds from a fault to the page, beside Prometheus, Alertmanager and node_exporter',
  run,
};

async function run(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const why = whyNoLab();
  if (why !== undefined) throw new Error(`page-latency needs a lab of network namespaces: ${why}`);
  const { progress, quick, signal } = options;
  const plan = quick ? quickPlan : fullPlan;
  const settings = stackSettings.filter(({ scrapeMs }) => plan.longTrialMs > 0 || scrapeMs < slowScrapeMs);
  const machine = machineConditions();
  await using cleanUp = new AsyncDisposableStack();
  progress('starting Saccade, the stacks and the labs');
  const court = await openCourt({ settings, peers: plan.spikes + plan.bursts + 2 }, cleanUp);
  const quiet = await quietUse(court, plan.quietMs, signal);
  const before = await usesOf(court);
  const played = await Promise.all(court.lanes.map((lane) => playLane(court, lane, plan, options)));
  const trials = played.flat();
  const after = await usesOf(court);
  const captured = await capturedPeers(
    court.detector,
    trials.map(({ peer }) => peer),
  );
  return {
    benchmark: 'page-latency',
    conditions: conditionsOf(machine, plan, trials),
    rows: rowsOf(court, trials, captured, { quiet, whole: spent(before, after) }),
    notes,
  };
}

async function playLane(
  { saccade }: Court,
  lane: Lane,
  plan: Plan,
  { progress, signal }: BenchmarkOptions,
): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  const note = (more: readonly Trial[]): void => {
    for (const trial of more) progress(lineOf(trial));
    trials.push(...more);
  };
  const swift = lane.watchers.filter(({ name }) => !name.includes(`${slowScrapeMs / 1000} s,`));
  // Bursts first: by the end their captures have followed for long enough.
  for (let n = 0; n < plan.bursts; n++) note([await lane.shortBurst(swift, signal)]);
  for (let n = 0; n < plan.spikes; n++) note(await lane.sustained(swift, { second: saccade }, signal));
  if (plan.longTrialMs > 0)
    note(await lane.sustained(lane.watchers, { patienceMs: plan.longTrialMs }, signal));
  return trials;
}

function lineOf(trial: Trial): string {
  const told = [...trial.seconds].map(([name, seconds]) => `${name}: ${seconds?.toFixed(2) ?? '–'}`);
  return `${trial.profile}, ${trial.kind}: ${trial.dropped} dropped, ${lossesOf(trial)} mended, ${trial.retransmitsBefore.resent} sent again in the quiet before; ${told.join('; ')}`;
}

interface Usage {
  readonly atMs: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}
/** By lane and watcher. */
type Uses = ReadonlyMap<string, WatcherFigures>;
type Usages = ReadonlyMap<string, Usage>;

async function usesOf({ lanes }: Court): Promise<Usages> {
  const entries = lanes.flatMap((lane) =>
    lane.watchers.map(async (watcher): Promise<readonly [string, Usage]> => {
      const use = await watcher.use();
      return [keyOf(watcher.name, lane), { atMs: Date.now(), ...use }];
    }),
  );
  return new Map(await Promise.all(entries));
}

function keyOf(watcher: string, { profile }: Lane): string {
  return `${watcher}, ${profile.name}`;
}

/** What everybody uses while all is well, at the load of both lanes. */
async function quietUse(court: Court, quietMs: number, signal: AbortSignal): Promise<Uses> {
  const traffic = await Promise.all(court.lanes.map((lane) => lane.startTraffic()));
  await sleep(settleMs, undefined, { signal });
  const before = await usesOf(court);
  await sleep(quietMs, undefined, { signal });
  const after = await usesOf(court);
  for (const one of traffic) await one.stop();
  return spent(before, after);
}

function spent(before: Usages, after: Usages): Uses {
  return new Map(
    [...after].map(([key, { atMs, cpuSeconds, residentBytes }]) => {
      const earlier = before.get(key);
      const minutes = (atMs - (earlier?.atMs ?? NaN)) / 60_000;
      return [
        key,
        { cpuSecondsPerMinute: (cpuSeconds - (earlier?.cpuSeconds ?? NaN)) / minutes, residentBytes },
      ];
    }),
  );
}

function rowsOf(
  { lanes, saccade }: Court,
  trials: readonly Trial[],
  captured: ReadonlySet<string>,
  uses: Readonly<Record<'quiet' | 'whole', Uses>>,
): readonly BenchmarkRow[] {
  return lanes.flatMap((lane) =>
    lane.watchers.map((watcher) => {
      const key = keyOf(watcher.name, lane);
      const use = { quiet: uses.quiet.get(key), whole: uses.whole.get(key) };
      const caught = watcher === saccade ? captured : undefined;
      return latencyRow(watcher.name, lane.profile.name, trials, use, caught);
    }),
  );
}

function conditionsOf(
  machine: Readonly<Record<string, string>>,
  plan: Plan,
  trials: readonly Trial[],
): BenchmarkResult['conditions'] {
  const bursts = trials.filter(({ kind }) => kind === 'burst').map(lossesOf);
  const noise = trials.map(({ retransmitsBefore }) => retransmitsBefore.resent);
  return {
    ...machine,
    fault: '5 % of the packets that reach the receiver, by nft; every first fault on a fresh pair of hosts',
    'learned before the fault': `15 s of clean traffic, learn ${learn}`,
    'trials a kind of traffic': `${plan.spikes} sustained with a second spike each, ${plan.bursts} bursts of 0.5 s`,
    'retransmits of the bursts': bursts.join(', '),
    'retransmits in the quiet before a fault': noise.join(', '),
  };
}

const notes: readonly string[] = [
  'Seconds from just before the kernel is told to lose packets to the arrival of the first HTTP message that tells: chat.postMessage or chat.update at a strict Slack look-alike, or the webhook of Alertmanager. A fault nobody told within 5 s counts as untold.',
  'Retransmits of a burst: those of the sending host (RetransSegs) without those that its peer had already (TCPDSACKRecv: a busy machine sends again what was not lost), at most as many as nft dropped. "Captured": a complete capture that holds packets from before the alert.',
  'Second spike: 2 s after Saccade told that the first is over, 30 s to 90 s after the first.',
  'Saccade watches both lanes and the whole machine in one process, with flight recorder and history; each stack watches one host. Their CPU is of all three processes together. What eBPF costs within the kernel is in agent-cost.',
  'CPU quiet: over 40 s (quick: 10 s) of that traffic without a fault; whole: over all trials, captures included.',
  'Stacks: node_exporter with the netstat collector only; resent share of all segments of the host above 1 %.',
  'Goals: medians of 0.6 s at 5 × 40 requests/s and 0.3 s at 1 MB/s; all bursts of four or more retransmits told and captured; all second spikes told; less CPU than the 1 s stack.',
];
