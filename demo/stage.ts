import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startBroker } from '../test/kafka/broker.ts';
import { Detector, type Watcher } from './detector.ts';
import { KafkaDetector } from './kafka-detector.ts';
import { freePort } from '../test/lab/free-port.ts';
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
  readonly detector: Watcher;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

export interface StagePlan extends Pick<Stage, 'reporter' | 'signal'> {
  readonly directory: string;
  /** Around a real broker. */
  readonly kafka: boolean;
}

/** Whatever was set up is torn down with `cleanUp`, also when the rest fails. */
export async function setTheStage(cleanUp: AsyncDisposableStack, plan: StagePlan): Promise<Stage> {
  const { directory, reporter, signal, kafka } = plan;
  const channel = cleanUp.use(await openChannel());
  reporter.step(`a Slack look-alike that takes real requests at ${channel.apiUrl}`);
  signal.throwIfAborted();
  const lab = cleanUp.use(await createSceneLab(directory));
  reporter.step(`a lab of network namespaces: ${lab.hosts.map((host) => host.namespace).join(', ')}`);
  const broker = kafka ? await openBroker(cleanUp, directory, reporter) : undefined;
  signal.throwIfAborted();
  const configPath = join(directory, 'saccade.yaml');
  const apiServer = await startApiServer(lab);
  const more = broker === undefined ? {} : { kafka: { brokers: [broker], prefix: 'demo', partitions: 4 } };
  const apiServers = [apiServerTarget(lab, apiServer.port)];
  const consolePort = await freePort();
  await writeFile(configPath, detectorConfig(channel, { apiServers, consolePort, more }));
  const detector = cleanUp.use(createDetector(directory, configPath, channel.token, kafka));
  await startDetector(detector, reporter, kafka);
  signal.throwIfAborted();
  // After the detector, so that it sees the first name being looked up.
  const scene = await startTraffic(lab, apiServer.process, { onStep: (text) => reporter.step(text) });
  return { scene, channel, detector, reporter, signal };
}

/** Its address. The first time on a machine it is fetched. */
async function openBroker(
  cleanUp: AsyncDisposableStack,
  directory: string,
  reporter: Reporter,
): Promise<string> {
  reporter.progress('a Kafka broker starts (the first time it is fetched, about 45 MB)');
  const { address } = cleanUp.use(await startBroker({ within: directory }));
  reporter.step(`a Kafka broker at ${address}`);
  return address;
}

function createDetector(directory: string, configPath: string, token: string, kafka: boolean): Watcher {
  const options = {
    configPath,
    dataDirectory: dataDirectoryIn(directory),
    learn: `${learnS}s`,
    environment: { [tokenVariable]: token },
  };
  return kafka ? new KafkaDetector({ ...options, directory }) : new Detector(options);
}

/** Its name ends with the lab's id, as that of every host. */
function apiServerTarget(lab: Lab, port: number): ApiServerTarget {
  return { name: `api-server-${lab.id}`, url: `http://127.0.0.1:${port}` };
}

async function startDetector(detector: Watcher, reporter: Reporter, kafka: boolean): Promise<void> {
  const startedAt = performance.now();
  await detector.start();
  const tookS = ((performance.now() - startedAt) / 1000).toFixed(1);
  reporter.step(`the detector, ready after ${tookS} s:`);
  reporter.show(detector.commandLines.map((line) => `    ${line}`));
  if (detector.consoleUrl !== undefined) reporter.step(`its console: ${detector.consoleUrl}`);
  if (kafka)
    reporter.show([
      '  they meet nowhere but at the broker: ended and started anew, each goes on where it was',
    ]);
  reporter.show([
    `  --learn ${learnS}s is the one parameter that differs from daily use: nobody wants to watch it learn for 10 minutes`,
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
