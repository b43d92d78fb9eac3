import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { databasePath } from '../app/open-log.ts';
import { captureSchema } from '../stream/events/capture.ts';
import type { Act, PlayedAct } from './acts/act.ts';
import { createActs } from './acts/acts.ts';
import { isTold, playAct, troublesOfAct } from './acts/play-act.ts';
import type { DemoOptions } from './options.ts';
import { type Outcome, outcomeAsJson, showOutcome } from './outcome.ts';
import { pause, until } from './pause.ts';
import { recordLog } from './record.ts';
import type { Reporter } from './reporter.ts';
import { dataDirectoryIn, learnS, ours, setTheStage, type Stage } from './stage.ts';
import { namesLab, type Trouble } from './trouble.ts';

/** Learning counts from the first observation, and a window has to close after it. */
const quietS = learnS + 1;
const resolvedWithinS = 90;

/** Of `saccade captures list --output json`. */
const listedCapturesSchema = z.array(z.object({ capture: captureSchema.nullable() }));

/** Runs it from an empty machine to an empty machine. true: it went as it should. */
export async function runLive(
  options: DemoOptions,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<boolean> {
  await using cleanUp = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'saccade-demo-'));
  cleanUp.defer(() => rm(directory, { recursive: true, force: true }));
  const stage = await setTheStage(cleanUp, { directory, reporter, signal, kafka: options.kafka });

  await quietPeriod(stage);
  const played: PlayedAct[] = [];
  for (const act of createActs(stage.scene)) played.push(await playAct(stage, act, options.placebo));
  if (!options.placebo) await untilResolved(stage, played);
  const good = options.placebo ? tellPlacebo(stage) : await tell(stage, played);
  if (options.keep) await stay(stage, directory);
  await stage.detector.stop();
  if (options.record !== undefined) await record(stage, directory, options.record);
  return good;
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

/** What was not told while it lasted may be told yet: on a busy machine all is late. */
async function untilResolved(stage: Stage, played: readonly PlayedAct[]): Promise<void> {
  const { reporter, signal } = stage;
  const startedAt = Date.now();
  const resolving = played.filter(({ act }) => act.resolves);
  const allResolved = (): boolean => {
    reporter.progress(`waiting for the resolutions, ${((Date.now() - startedAt) / 1000).toFixed(0)} s`);
    return resolving.every(({ act }) => {
      const troubles = troublesOfAct(ours(stage), act);
      return troubles.length > 0 && troubles.every(({ resolvedAtMs }) => resolvedAtMs !== undefined);
    });
  };
  await until(allResolved, resolvedWithinS * 1000, signal);
}

/** true: nobody was told of anything. */
function tellPlacebo(stage: Stage): boolean {
  const troubles = ours(stage);
  for (const { title } of troubles) stage.reporter.json({ placebo: true, trouble: title });
  stage.reporter.step(
    troubles.length === 0
      ? 'nobody was paged, as it should be'
      : `SOMEBODY WAS PAGED FOR NOTHING: ${troubles.map(({ title }) => title).join('; ')}`,
  );
  return troubles.length === 0;
}

/** Shows what came of each act; true: of each came what had to. */
async function tell(stage: Stage, played: readonly PlayedAct[]): Promise<boolean> {
  const { reporter } = stage;
  const missed: string[] = [];
  for (const one of played) {
    const troubles = troublesOfAct(ours(stage), one.act);
    for (const outcome of await addCaptures(stage, one.act, troubles)) {
      showOutcome(outcome, one, reporter);
      reporter.json(outcomeAsJson(outcome, one));
    }
    if (troubles.length === 0) reporter.json({ act: one.act.name, trouble: null });
    if (!troubles.some((trouble) => cameToItsEnd(trouble, one))) missed.push(one.act.name);
  }
  if (missed.length > 0)
    reporter.show([
      `not told, or not to its end: ${missed.join(', ')}; the detector said:`,
      ...stage.detector.lines,
    ]);
  return missed.length === 0;
}

function cameToItsEnd(trouble: Trouble, { act }: PlayedAct): boolean {
  return isTold(trouble, act) && (trouble.resolvedAtMs !== undefined || !act.resolves);
}

async function addCaptures(
  stage: Stage,
  { ruleIds }: Act,
  troubles: readonly Trouble[],
): Promise<readonly Outcome[]> {
  const listed = listedCapturesSchema.parse(await stage.detector.ask('captures', 'list'));
  const isOurs = namesLab(stage.scene.lab.id);
  return troubles.map((trouble) => ({
    trouble,
    captures: listed
      .flatMap(({ capture }) => capture ?? [])
      .filter(({ alert }) => ruleIds.includes(alert?.rule_id ?? ''))
      .filter(({ selector }) => isOurs(selector.subject.workload)),
  }));
}

async function stay(stage: Stage, directory: string): Promise<void> {
  const { reporter, scene, signal, detector } = stage;
  const data = dataDirectoryIn(directory);
  reporter.show([
    'Everything stays as it is until Ctrl-C. To look around:',
    ...(detector.consoleUrl === undefined ? [] : [`  ${detector.consoleUrl} in a browser`]),
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

async function record({ scene, reporter }: Stage, directory: string, file: string): Promise<void> {
  const database = databasePath(dataDirectoryIn(directory));
  const events = await recordLog({ database, file, learnMs: learnS * 1000, isOurs: namesLab(scene.lab.id) });
  reporter.step(`${events} events recorded in ${file}`);
}
