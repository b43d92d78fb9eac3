import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Detector } from '../../demo/detector.ts';
import { detectorConfig, tokenVariable } from '../../demo/detector-config.ts';
import { openChannel } from '../../demo/slack/look-alike.ts';
import { createLane, type Lane } from './lane.ts';
import type { StackSettings } from './prometheus-config.ts';
import { startPrometheusStacks } from './prometheus-stack.ts';
import { trafficProfiles } from './traffic-profile.ts';
import { saccadeWatcher, type SaccadeWatcher, stackWatcher } from './watcher.ts';

/** Shortened so that a trial need not wait ten minutes; the rules are those that ship. */
export const learn = '8s';

/** Everything that runs at once: one detector over the machine, a lane a kind of traffic, the stacks in each. */
export interface Court {
  readonly detector: Detector;
  readonly saccade: SaccadeWatcher;
  readonly lanes: readonly Lane[];
}

export interface CourtOptions {
  readonly settings: readonly StackSettings[];
  /** Trials of a lane at most. */
  readonly peers: number;
}

/** Whatever is started goes with `cleanUp`. */
export async function openCourt(options: CourtOptions, cleanUp: AsyncDisposableStack): Promise<Court> {
  const { path: folder } = cleanUp.use(await mkdtempDisposable(join(tmpdir(), 'saccade-bench-')));
  const lanes: Lane[] = [];
  for (const profile of trafficProfiles) lanes.push(cleanUp.use(await createLane(profile, options.peers)));
  const channel = cleanUp.use(await openChannel({ burst: 0 }));
  const configPath = join(folder, 'saccade.yaml');
  // Many trials share the receiver; its storm brake is no part of what is measured.
  await writeFile(configPath, detectorConfig(channel, { receiver: { max_notifications: '10000/h' } }));
  const detector = cleanUp.use(
    new Detector({
      configPath,
      dataDirectory: join(folder, 'data'),
      learn,
      environment: { [tokenVariable]: channel.token },
    }),
  );
  await detector.start();
  const saccade = saccadeWatcher(detector, channel);
  for (const lane of lanes) {
    const stacks = await startPrometheusStacks(lane.client, options.settings, join(folder, lane.lab.id));
    lane.watchers = [saccade, ...stacks.stacks.map((stack) => stackWatcher(stack, stacks))];
  }
  return { detector, saccade, lanes };
}
