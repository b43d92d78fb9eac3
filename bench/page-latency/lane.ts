import { setTimeout as sleep } from 'node:timers/promises';
import { burst } from '../../test/lab/fault-schedule.ts';
import { injectFault } from '../../test/lab/faults.ts';
import type { Host } from '../../test/lab/host.ts';
import { createLab, type Lab } from '../../test/lab/lab.ts';
import { startClient, startServer } from '../../test/lab/traffic.ts';
import { countsBetween, type RetransmitCounts, retransmitCounts } from './retransmit-counter.ts';
import type { TrafficProfile } from './traffic-profile.ts';
import type { Trial, TrialKind } from './trial.ts';
import type { SaccadeWatcher, Watcher } from './watcher.ts';

const lossPercent = 5;
const burstMs = 500;
/** Longer than the detector's `--learn` and the delay with which it learns. */
const quietMs = 15_000;
/** A page later than this is none. */
const patienceMs = 5_000;
const resolvePatienceMs = 90_000;
/** Between the resolved notice and the second spike. */
const calmMs = 2_000;
const pollMs = 50;

/** One client with one kind of traffic, its receivers, and who watches: trials one after the other. */
export class Lane implements AsyncDisposable {
  readonly lab: Lab;
  readonly profile: TrafficProfile;
  /** Set once the stacks of this lab run. */
  watchers: readonly Watcher[] = [];
  #nextPeer = 0;

  constructor(lab: Lab, profile: TrafficProfile) {
    this.lab = lab;
    this.profile = profile;
  }

  get client(): Host {
    return this.lab.host('client');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.lab[Symbol.asyncDispose]();
  }

  /** Traffic to a receiver of its own, without any fault. */
  startTraffic(): Promise<Traffic> {
    return this.#trafficTo(this.#freshPeer());
  }

  /** Loss until everybody in `awaited` has told. With `second`: again, once Saccade has told that the first is over. */
  async sustained(
    awaited: readonly Watcher[],
    options: { readonly patienceMs?: number; readonly second?: SaccadeWatcher },
    signal: AbortSignal,
  ): Promise<readonly Trial[]> {
    const peer = this.#freshPeer();
    const traffic = await this.#trafficTo(peer);
    const quiet = await this.#beginQuiet();
    await sleep(quietMs, undefined, { signal });
    const first = await this.#spike('sustained', peer, quiet, awaited, options.patienceMs ?? patienceMs);
    const second = options.second && (await this.#again(peer, awaited, options.second, signal));
    await traffic.stop();
    return second === undefined ? [first] : [first, second];
  }

  /** Half a second of loss. */
  async shortBurst(awaited: readonly Watcher[], signal: AbortSignal): Promise<Trial> {
    const peer = this.#freshPeer();
    const traffic = await this.#trafficTo(peer);
    const quiet = await this.#beginQuiet();
    await sleep(quietMs, undefined, { signal });
    const trial = await this.#fault('burst', peer, quiet, awaited, async (faultMs) => {
      const scope = { from: this.client };
      const { dropped } = await burst(peer, { kind: 'loss', percent: lossPercent }, burstMs, scope);
      await this.#untilTold(awaited, peer, faultMs, patienceMs);
      return dropped;
    });
    await traffic.stop();
    return trial;
  }

  async #again(
    peer: Host,
    awaited: readonly Watcher[],
    saccade: SaccadeWatcher,
    signal: AbortSignal,
  ): Promise<Trial | undefined> {
    const deadlineMs = Date.now() + resolvePatienceMs;
    while (saccade.resolvedAt(peer.namespace) === undefined && Date.now() < deadlineMs)
      await sleep(pollMs, undefined, { signal });
    const quiet = await this.#beginQuiet();
    await sleep(calmMs, undefined, { signal });
    return this.#spike('second', peer, quiet, awaited, patienceMs);
  }

  #spike(
    kind: TrialKind,
    peer: Host,
    quiet: Quiet,
    awaited: readonly Watcher[],
    withinMs: number,
  ): Promise<Trial> {
    return this.#fault(kind, peer, quiet, awaited, async (faultMs) => {
      await using fault = await injectFault(
        peer,
        { kind: 'loss', percent: lossPercent },
        { from: this.client },
      );
      await this.#untilTold(awaited, peer, faultMs, withinMs);
      return (await fault.clear()).dropped;
    });
  }

  /** `faultMs` is taken before the kernel is told, so that no delay is flattered. */
  async #fault(
    kind: TrialKind,
    peer: Host,
    quiet: Quiet,
    awaited: readonly Watcher[],
    run: (faultMs: number) => Promise<number>,
  ): Promise<Trial> {
    const before = await retransmitCounts(this.client);
    const faultMs = Date.now();
    const dropped = await run(faultMs);
    const retransmits = countsBetween(before, await retransmitCounts(this.client));
    const pages = (watcher: Watcher) => watcher.pagesAbout(peer.namespace);
    const secondsOf = (watcher: Watcher): number | undefined => {
      const atMs = pages(watcher).find((ms) => ms >= faultMs);
      return atMs === undefined ? undefined : (atMs - faultMs) / 1000;
    };
    return {
      kind,
      profile: this.profile.name,
      peer: peer.namespace,
      dropped,
      retransmits,
      retransmitsBefore: countsBetween(quiet.retransmits, before),
      seconds: new Map(awaited.map((watcher) => [watcher.name, secondsOf(watcher)])),
      falseAlarms: this.watchers
        .filter((watcher) => pages(watcher).some((ms) => ms >= quiet.sinceMs && ms < faultMs))
        .map(({ name }) => name),
    };
  }

  async #untilTold(
    awaited: readonly Watcher[],
    peer: Host,
    sinceMs: number,
    withinMs: number,
  ): Promise<void> {
    const deadlineMs = Date.now() + withinMs;
    const told = (watcher: Watcher) => watcher.pagesAbout(peer.namespace).some((ms) => ms >= sinceMs);
    while (Date.now() < deadlineMs && !awaited.every(told)) await sleep(pollMs);
  }

  #freshPeer(): Host {
    return this.lab.host(`peer${this.#nextPeer++}`);
  }

  async #beginQuiet(): Promise<Quiet> {
    return { sinceMs: Date.now(), retransmits: await retransmitCounts(this.client) };
  }

  async #trafficTo(peer: Host): Promise<Traffic> {
    const server = await startServer(peer, { seconds: 400 });
    const target = peer.address4;
    const client = await startClient(this.client, { ...this.profile.client, target, seconds: 400 });
    const stop = async (): Promise<void> => {
      await client.stop();
      await server.stop();
    };
    return { stop };
  }
}

/** Where the time before a fault begins. */
interface Quiet {
  readonly sinceMs: number;
  readonly retransmits: RetransmitCounts;
}

export interface Traffic {
  stop(): Promise<void>;
}

/** A lab of one client and enough receivers that every trial has one of its own. */
export async function createLane(profile: TrafficProfile, peers: number): Promise<Lane> {
  const names = ['client', ...Array.from({ length: peers }, (_, index) => `peer${index}`)];
  const lab = await createLab({
    hosts: names.map((name, index) => ({ name, ...profile.address(index) })),
    // One dropped packet is one lost segment, as on a wire.
    segmentationOffload: false,
  });
  return new Lane(lab, profile);
}
