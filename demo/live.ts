import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { databasePath } from '../app/open-log.ts';
import { captureSchema } from '../stream/events/capture.ts';
import { startInjector } from '../test/lab/traffic.ts';
import { Detector } from './detector.ts';
import { detectorConfig, tokenVariable } from './detector-config.ts';
import type { DemoOptions } from './options.ts';
import { type Fault, type Outcome, outcomeAsJson, showOutcome } from './outcome.ts';
import { pause, until } from './pause.ts';
import { recordLog } from './record.ts';
import type { Reporter } from './reporter.ts';
import { createSceneLab, type Scene, startTraffic } from './scene.ts';
import type { Channel } from './slack/channel.ts';
import { openChannel } from './slack/look-alike.ts';
import { namesLab, type Trouble, troublesOf } from './trouble.ts';

const learnS = 5;
/** Learning counts from the first observation, and a window has to close after it. */
const quietS = learnS + 2;
const lossPercent = 10;
/** The fault goes on until somebody was paged, so that there are packets from after it; the rest are bounds. */
const shortestFaultS = 5;
const longestFaultS = 20;
const resolvedWithinS = 90;

/** Of `saccade captures list --output json`. */
const listedCapturesSchema = z.array(z.object({ capture: captureSchema.nullable() }));

/** Everything that a live demo has open. */
interface Stage {
  readonly scene: Scene;
  readonly channel: Channel;
  readonly detector: Detector;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** Runs it from an empty machine to an empty machine. true: it went as it should. */
export async function runLive(
  options: DemoOptions,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<boolean> {
  await using cleanUp = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'saccade-demo-'));
  cleanUp.defer(() => rm(directory, { recursive: true, force: true }));
  const stage = await setTheStage(cleanUp, directory, reporter, signal);

  await quietPeriod(stage);
  const fault = await faultyPeriod(stage, options.placebo ? 0 : lossPercent);
  await untilResolved(stage);
  const good = await tell(stage, fault);
  if (options.keep) await stay(stage, directory);
  await stage.detector.stop();
  if (options.record !== undefined) await record(directory, options.record, reporter);
  return good;
}

async function setTheStage(
  cleanUp: AsyncDisposableStack,
  directory: string,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Stage> {
  const channel = cleanUp.use(await openChannel());
  reporter.step(`a Slack look-alike that takes real requests at ${channel.apiUrl}`);
  const lab = cleanUp.use(await createSceneLab());
  reporter.step(`a lab of network namespaces: ${lab.hosts.map((host) => host.namespace).join(', ')}`);
  const configPath = join(directory, 'saccade.yaml');
  await writeFile(configPath, detectorConfig(channel));
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
  const scene = await startTraffic(lab, { onStep: (text) => reporter.step(text) });
  return { scene, channel, detector, reporter, signal };
}

async function startDetector(detector: Detector, reporter: Reporter): Promise<void> {
  const startedAt = performance.now();
  await detector.start();
  const tookS = ((performance.now() - startedAt) / 1000).toFixed(1);
  reporter.step(`the detector, ready after ${tookS} s: ${detector.commandLine}`);
  reporter.show([
    `  --learn ${learnS}s is the one parameter that differs from \`npm start\`: nobody wants to watch it learn for 10 minutes`,
  ]);
}

async function quietPeriod(stage: Stage): Promise<void> {
  const { reporter, scene, signal } = stage;
  for (let leftS = quietS; leftS > 0; leftS--) {
    reporter.progress(
      `quiet period, ${leftS} s left: ${scene.requests} requests, ${ours(stage).length} messages`,
    );
    await pause(1000, signal);
  }
  reporter.step(`a quiet period of ${quietS} s: ${scene.requests} requests, ${ours(stage).length} messages`);
}

/** The injector is a process of its own; a placebo is the same process with a loss of 0 %. */
async function faultyPeriod(stage: Stage, percent: number): Promise<Fault> {
  const { reporter, scene, signal } = stage;
  const [receiver, from] = [scene.lab.host('payments'), scene.lab.host('checkout')];
  const injector = await startInjector({ receiver, from, percent, seconds: longestFaultS + 10 });
  const { begunAtMs } = injector;
  reporter.step(`another process loses ${percent} % of the packets that payments gets from checkout`);
  const tellNews = createNews(stage, begunAtMs);
  const enough = (): boolean => {
    tellNews();
    const elapsedS = (Date.now() - begunAtMs) / 1000;
    reporter.progress(`${percent} % loss for ${elapsedS.toFixed(0)} s`);
    return elapsedS > shortestFaultS && ours(stage).some(({ pagedAtMs }) => pagedAtMs !== undefined);
  };
  await until(enough, longestFaultS * 1000, signal);
  const healedAtMs = Date.now();
  const counters = await injector.heal();
  const lastedS = ((healedAtMs - begunAtMs) / 1000).toFixed(1);
  reporter.step(
    `healed after ${lastedS} s; the kernel dropped ${counters.dropped} of ${counters.matched} packets`,
  );
  return { percent, begunAtMs, healedAtMs, ...counters };
}

/** Tells each message once as it comes, and each escalation. */
function createNews(stage: Stage, begunAtMs: number): () => void {
  const { reporter } = stage;
  const told = new Set<string>();
  const tellOnce = (key: string, atMs: number | undefined, what: string): void => {
    if (atMs === undefined || told.has(key)) return;
    told.add(key);
    reporter.step(
      reporter.colors.bold(`${((atMs - begunAtMs) / 1000).toFixed(2)} s after the fault: ${what}`),
    );
  };
  return () => {
    for (const trouble of ours(stage)) {
      tellOnce(`${trouble.root}/notice`, trouble.noticedAtMs, trouble.firstTitle);
      if (trouble.pagedAtMs !== trouble.noticedAtMs)
        tellOnce(`${trouble.root}/page`, trouble.pagedAtMs, 'escalated to a page');
    }
  };
}

async function untilResolved(stage: Stage): Promise<void> {
  const { reporter, signal } = stage;
  const startedAt = Date.now();
  const allResolved = (): boolean => {
    reporter.progress(`waiting for the resolution, ${((Date.now() - startedAt) / 1000).toFixed(0)} s`);
    return ours(stage).every(({ resolvedAtMs }) => resolvedAtMs !== undefined);
  };
  await until(allResolved, resolvedWithinS * 1000, signal);
}

/** Shows what came of it; true: somebody was paged and told of the end, or nobody in a placebo. */
async function tell(stage: Stage, fault: Fault): Promise<boolean> {
  const { reporter } = stage;
  const troubles = ours(stage);
  for (const outcome of await addCaptures(stage, troubles)) {
    showOutcome(outcome, fault, reporter);
    reporter.json(outcomeAsJson(outcome, fault));
  }
  if (fault.percent === 0) {
    reporter.step(
      troubles.length === 0 ? 'nobody was paged, as it should be' : 'SOMEBODY WAS PAGED FOR NOTHING',
    );
    return troubles.length === 0;
  }
  const paged = troubles.filter(
    ({ pagedAtMs, resolvedAtMs }) => pagedAtMs !== undefined && resolvedAtMs !== undefined,
  );
  if (paged.length === 0)
    reporter.show(['no page with its resolution came; the detector said:', ...stage.detector.lines]);
  return paged.length > 0;
}

async function addCaptures(stage: Stage, troubles: readonly Trouble[]): Promise<readonly Outcome[]> {
  const listed = listedCapturesSchema.parse(await stage.detector.ask('captures', 'list'));
  const isOurs = namesLab(stage.scene.lab.id);
  return troubles.map((trouble) => ({
    trouble,
    captures: listed
      .flatMap(({ capture }) => capture ?? [])
      .filter((capture) => isOurs(capture.selector.subject.workload)),
  }));
}

async function stay(stage: Stage, directory: string): Promise<void> {
  const { reporter, scene, signal, detector } = stage;
  const data = dataDirectoryIn(directory);
  reporter.show([
    'Everything stays as it is until Ctrl-C. To look around:',
    `  npm run saccade -- alerts list --data ${data}`,
    `  npm run saccade -- captures list --data ${data}`,
    `  curl ${detector.statusUrl}/metrics`,
    `  ip netns exec ${scene.lab.host('checkout').namespace} ss -ti`,
  ]);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });
}

async function record(directory: string, file: string, reporter: Reporter): Promise<void> {
  const database = databasePath(dataDirectoryIn(directory));
  const events = await recordLog({ database, file, learnMs: learnS * 1000 });
  reporter.step(`${events} events recorded in ${file}`);
}

function ours(stage: Pick<Stage, 'channel'> & { readonly scene: Pick<Scene, 'lab'> }): readonly Trouble[] {
  return troublesOf(stage.channel.events(), namesLab(stage.scene.lab.id));
}

function dataDirectoryIn(directory: string): string {
  return join(directory, 'data');
}
