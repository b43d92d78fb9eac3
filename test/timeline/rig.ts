import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Detector } from '../../demo/detector.ts';
import { type ApiServerTarget, detectorConfig, tokenVariable } from '../../demo/detector-config.ts';
import { type Channel, textOf } from '../../demo/slack/channel.ts';
import { openChannel } from '../../demo/slack/look-alike.ts';
import { titleOf, toneOf } from '../../demo/slack/tone.ts';
import { createScene, type Scene } from './scene.ts';
import type { Sighting } from './sighting.ts';

export interface RigOptions {
  /** As `saccade start --learn`. */
  readonly learn: string;
  /** To be probed. */
  readonly apiServers?: readonly ApiServerTarget[];
}

/**
 * The built program as a child process, a strict Slack look-alike behind it, and any number of scenes in front of it.
 * A scene sees only the messages that name its own lab.
 */
export class Rig implements AsyncDisposable {
  readonly detector: Detector;
  readonly channel: Channel;
  readonly #scenes: Scene[] = [];
  readonly #cleanUp: AsyncDisposableStack;

  constructor(detector: Detector, channel: Channel, cleanUp: AsyncDisposableStack) {
    this.detector = detector;
    this.channel = channel;
    this.#cleanUp = cleanUp;
  }

  /** A lab of its own; `startTraffic` fills it before the play begins. `isOurs`: if not by the lab's hosts, it knows its messages so. */
  async scene(
    name: string,
    hosts: readonly string[],
    startTraffic: (scene: Scene) => Promise<void>,
    isOurs?: (text: string) => boolean,
  ): Promise<Scene> {
    const scene = this.#cleanUp.use(await createScene(name, hosts, isOurs));
    await startTraffic(scene);
    this.#scenes.push(scene);
    return scene;
  }

  /** Plays all scenes at once; fails with what every failed scene saw. */
  async play(): Promise<void> {
    const startedAtMs = Date.now();
    const clock = { nowS: () => (Date.now() - startedAtMs) / 1000 };
    const played = await Promise.allSettled(
      this.#scenes.map((scene) => scene.timeline.play(clock, () => this.sightings(scene, startedAtMs))),
    );
    const failures = played.flatMap((result) =>
      result.status === 'rejected' ? [String(result.reason)] : [],
    );
    if (failures.length > 0)
      throw new Error([...failures, 'the detector said:', ...this.detector.lines.slice(-60)].join('\n'));
  }

  sightings(scene: Scene, startedAtMs: number): readonly Sighting[] {
    const threads = Map.groupBy(this.channel.events(), ({ root }) => root);
    return [...threads.values()]
      .filter((thread) => thread.some(({ message }) => scene.isOurs(textOf(message))))
      .flat()
      .map(({ atMs, kind, root, message }) => {
        const text = textOf(message);
        return {
          atS: (atMs - startedAtMs) / 1000,
          kind,
          root,
          tone: toneOf(text),
          text: `${titleOf(text)}\n${text}`,
        };
      });
  }

  /** SIGKILL: as a crash; SIGINT: as Ctrl-C. */
  async restart(signal: 'SIGKILL' | 'SIGINT'): Promise<void> {
    await this.detector.stop(signal);
    await this.detector.start();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanUp.disposeAsync();
  }
}

export async function startRig(options: RigOptions): Promise<Rig> {
  await using building = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'saccade-rig-'));
  building.defer(() => rm(directory, { recursive: true, force: true }));
  const channel = building.use(await openChannel({ burst: 0 }));
  const configPath = join(directory, 'saccade.yaml');
  // Many scenes share the receiver; the storm brake is tested where it lives.
  await writeFile(
    configPath,
    detectorConfig(channel, {
      receiver: { max_notifications: '10000/h' },
      ...(options.apiServers !== undefined && { apiServers: options.apiServers }),
    }),
  );
  const detector = building.use(
    new Detector({
      configPath,
      dataDirectory: join(directory, 'data'),
      learn: options.learn,
      environment: { [tokenVariable]: channel.token },
    }),
  );
  await detector.start();
  return new Rig(detector, channel, building.move());
}
