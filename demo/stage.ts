import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Detector } from './detector.ts';
import type { Lab } from '../test/lab/lab.ts';
import { type ApiServerTarget, detectorConfig, tokenVariable } from './detector-config.ts';
import type { Reporter } from './reporter.ts';
import { createSceneLab, type Scene, startApiServer, startTraffic } from './scene.ts';
import type { Channel } from './slack/channel.ts';
import { openChannel } from './slack/look-alike.ts';
import { namesLab, type Trouble, troublesOf } from './trouble.ts';

/** What `--learn` is set to. */
export const learnS = 5;

/** Everything that a live demo has open. */
export interface Stage {
  readonly scene: Scene;
  readonly channel: Channel;
  readonly detector: Detector;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** Whatever was set up is torn down with `cleanUp`, also when the rest fails. */
export async function setTheStage(
  cleanUp: AsyncDisposableStack,
  directory: string,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Stage> {
  const channel = cleanUp.use(await openChannel());
  reporter.step(`a Slack look-alike that takes real requests at ${channel.apiUrl}`);
  const lab = cleanUp.use(await createSceneLab(directory));
  reporter.step(`a lab of network namespaces: ${lab.hosts.map((host) => host.namespace).join(', ')}`);
  const configPath = join(directory, 'saccade.yaml');
  const apiServer = await startApiServer(lab);
  await writeFile(configPath, detectorConfig(channel, { apiServer: apiServerTarget(lab, apiServer.port) }));
  const detector = cleanUp.use(
    new Detector({
      configPath,
      dataDirectory: dataDirectoryIn(directory),
      learn: `${learnS}s`,
      environment: { [tokenVariable]: channel.token },
    }),
  );
  await startDetector(detector, reporter);
  // After the detector, so that it sees the first name being looked up.
  const scene = await startTraffic(lab, apiServer.process, { onStep: (text) => reporter.step(text) });
  return { scene, channel, detector, reporter, signal };
}

/** Its name ends with the lab's id, as that of every host. */
function apiServerTarget(lab: Lab, port: number): ApiServerTarget {
  return { name: `api-server-${lab.id}`, url: `http://127.0.0.1:${port}` };
}

async function startDetector(detector: Detector, reporter: Reporter): Promise<void> {
  const startedAt = performance.now();
  await detector.start();
  const tookS = ((performance.now() - startedAt) / 1000).toFixed(1);
  reporter.step(`the detector, ready after ${tookS} s: ${detector.commandLine}`);
  if (detector.consoleUrl !== undefined) reporter.step(`its console: ${detector.consoleUrl}`);
  reporter.show([
    `  --learn ${learnS}s is the one parameter that differs from \`npm start\`: nobody wants to watch it learn for 10 minutes`,
  ]);
}

/** Messages about this lab's hosts: on a machine with more going on, the detector sees that too. */
export function ours(
  stage: Pick<Stage, 'channel'> & { readonly scene: Pick<Scene, 'lab'> },
): readonly Trouble[] {
  return troublesOf(stage.channel.events(), namesLab(stage.scene.lab.id));
}

export function dataDirectoryIn(directory: string): string {
  return join(directory, 'data');
}
