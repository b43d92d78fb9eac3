import { describe, it } from 'vitest';
import type { LabProcess } from '../lab/lab-process.ts';
import { whyNoLab } from '../lab/lab-support.ts';
import { type Rig, startRig } from '../timeline/rig.ts';
import type { Scene } from '../timeline/scene.ts';
import {
  blockOf,
  type HttpApiOptions,
  putOnInternet,
  resolveNames,
  startHttpApi,
  useHttpApi,
  type UseOptions,
} from './internet.ts';

const name = 'api.payments-example.com';
const hosts = ['checkout', 'resolver', 'internet'];
/** Until then everything is as it will be learned: 30 figures, five seconds late. */
const sickS = 50;

interface Staged {
  readonly scene: Scene;
  readonly api: LabProcess;
}

/** `checkout` asks an API, by default ten times a second, on connections of many requests each. */
async function stageApi(
  rig: Rig,
  what: string,
  place: number,
  { use = { rate: 10 }, ...options }: HttpApiOptions & { readonly use?: UseOptions } = {},
): Promise<Staged> {
  const apis: LabProcess[] = [];
  const block = blockOf(place);
  const scene = await rig.scene(what, hosts, async (built) => {
    await putOnInternet(built, 'internet', block.prefix);
    apis.push(await startHttpApi(built.host('internet'), options));
    await resolveNames(built, 'checkout', { [name]: block.ips.slice(0, 1) });
    useHttpApi(built, 'checkout', name, use);
  });
  const [api] = apis;
  if (api === undefined) throw new Error('the API was not started');
  return { scene, api };
}

function turnSick({ scene, api }: Staged, what: string): void {
  scene.at(sickS).do(what, () => Promise.resolve(process.kill(api.pid, 'SIGUSR1')));
}

/** Slower by a step, beside what always waits. */
async function stageSlow(rig: Rig): Promise<void> {
  const slow = await stageApi(rig, 'an API that gets slow, beside long polls and streams', 0);
  useHttpApi(slow.scene, 'checkout', name, { polls: 4, streams: 2 });
  turnSick(slow, 'ordinary answers take 900 ms');
  slow.scene.between(0, sickS).wantNothing();
  slow.scene.between(sickS, 120).wantNotice('ExternalApiSlow', 'payments-example.com');
  slow.scene.between(0, 110).wantMessages(1);
}

/** What waits because there is nothing to say yet. */
async function stageWaiting(rig: Rig): Promise<void> {
  const begins = await stageApi(rig, 'a program that begins to poll for 30 s', 1);
  begins.scene.at(20).do('24 long polls at a time', async () => {
    useHttpApi(begins.scene, 'checkout', name, { polls: 24 });
  });
  begins.scene.at(30).do('four streams', async () => {
    useHttpApi(begins.scene, 'checkout', name, { streams: 4 });
  });
  begins.scene.between(0, 110).wantNothing();

  const pooled = await stageApi(rig, 'long polls over the connections of ordinary requests', 2);
  pooled.scene.at(20).do('four long polls at a time, and two requests a second', async () => {
    useHttpApi(pooled.scene, 'checkout', name, { rate: 2, polls: 4, onePool: true });
  });
  pooled.scene.between(0, 110).wantNothing();
}

/** What begins to wait when a peer is long known to be prompt: more than a tenth of the requests. */
async function stagePatient(rig: Rig): Promise<void> {
  for (const [onePool, where, place] of [
    [true, 'the connections of ordinary requests', 0],
    [false, 'connections of their own', 1],
  ] as const) {
    const what = `long polls that begin beside few requests, over ${where}`;
    const { scene } = await stageApi(rig, what, place, {
      use: { rate: 2, polls: 8, pollsAfterS: 45, onePool },
    });
    scene.between(0, 150).wantNothing();
  }
}

/** From outside a 500 is an answer like any other. */
async function stageFailing(rig: Rig): Promise<void> {
  const failing = await stageApi(rig, 'an API that answers 500', 3, { sickMs: 5, sickStatus: 500 });
  turnSick(failing, 'every answer is a 500, and fast');
  failing.scene.between(0, 110).wantNothing();
}

describe.skipIf(whyNoLab() !== undefined)('the program, over external APIs', () => {
  it('tells the one that gets slow, and not what waits or fails', { timeout: 240_000 }, async () => {
    await using rig = await startRig({ learn: '10s' });
    await stageSlow(rig);
    await stageWaiting(rig);
    await stageFailing(rig);
    await rig.play();
  });

  it('tells no long polls that begin late', { timeout: 300_000 }, async () => {
    await using rig = await startRig({ learn: '10s' });
    await stagePatient(rig);
    await rig.play();
  });
});
