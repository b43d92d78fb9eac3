import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { createAuthority } from '../../agent/apiserver/testing/certificates.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import { whyNoLab } from '../lab/lab-support.ts';
import { programPath } from '../lab/program-path.ts';
import { type Rig, startRig } from '../timeline/rig.ts';
import type { Scene } from '../timeline/scene.ts';

const plain = programPath(import.meta.url, '../../demo/api-server');
const overTls = programPath(import.meta.url, './tls-api-server');
const seconds = ['--seconds', '300'];
/** Until then all answer at once. */
const sickS = 15;

interface ApiServer {
  readonly process: LabProcess;
  /** As the configuration names it. */
  readonly target: { readonly name: string; readonly url: string; readonly ca_file?: string };
}

/** What each server does once it is sick. */
const moods = {
  broken: ['--slow-ms', '0', '--failing', '1'],
  flaky: ['--slow-ms', '0', '--failing', String(1 / 12)],
  slow: ['--slow-ms', '1500'],
  sound: ['--slow-ms', '0'],
} as const;
const names = [...Object.keys(moods), 'gone', 'hanging'] as const;

/** Processes of their own, so that what is measured is not how busy the test is. */
async function startApiServer(lab: Lab, name: string, folder: string): Promise<ApiServer> {
  const isTls = name === 'hanging';
  const program = isTls
    ? [overTls, ...(await identityIn(folder))]
    : [plain, ...(moods[name as keyof typeof moods] ?? [])];
  const server = lab.host('machine').spawnBeside(process.execPath, [...program, ...seconds]);
  const line = await server.waitForLine((text) => text.includes('"listening"'), 20_000);
  const { listening: port } = JSON.parse(line) as { readonly listening: number };
  const trust = isTls ? { ca_file: join(folder, 'ca.pem') } : {};
  const url = `${isTls ? 'https' : 'http'}://127.0.0.1:${port}`;
  return { process: server, target: { name: `api-${name}`, url, ...trust } };
}

/** Writes certificates, and says by which options the server finds its own. */
async function identityIn(folder: string): Promise<readonly string[]> {
  const authority = await createAuthority();
  const { cert, key } = await authority.issue(['127.0.0.1']);
  await writeFile(join(folder, 'ca.pem'), authority.pem);
  await writeFile(join(folder, 'cert.pem'), cert);
  await writeFile(join(folder, 'key.pem'), key);
  return ['--cert', join(folder, 'cert.pem'), '--key', join(folder, 'key.pem')];
}

describe.skipIf(whyNoLab() !== undefined)('the program, over API servers that fail', () => {
  const servers = new Map<string, ApiServer>();
  const cleanUp = new AsyncDisposableStack();
  let rig: Rig;
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'saccade-scene-'));
    cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
    const lab = cleanUp.use(await createLab({ hosts: ['machine'] }));
    for (const name of names) servers.set(name, await startApiServer(lab, name, folder));
    const apiServers = [...servers.values()].map(({ target }) => target);
    rig = cleanUp.use(await startRig({ learn: '10s', apiServers }));
  }, 120_000);
  afterAll(() => cleanUp.disposeAsync(), 60_000);

  /** A scene sees what names its server, to which this happens in the middle. */
  async function sceneOf(name: string, what: string, happens: (server: LabProcess) => void): Promise<Scene> {
    const scene = await rig.scene(
      name,
      ['nobody'],
      () => Promise.resolve(),
      (text) => text.includes(`api-${name}`),
    );
    const server = servers.get(name)?.process;
    if (server !== undefined) scene.at(sickS).do(what, () => Promise.resolve(happens(server)));
    scene.between(0, sickS).wantNothing();
    return scene;
  }
  const turnSick = ({ pid }: LabProcess): void => void process.kill(pid, 'SIGUSR1');

  it('tells what fails and what is slow, and nothing of a sound one', { timeout: 240_000 }, async () => {
    const broken = await sceneOf('broken', 'every answer is a 500', turnSick);
    broken.between(sickS, 100).wantPage('ApiServerFailing');
    broken.between(sickS, 100).wantSaid(/5xx [1-9]/);
    const flaky = await sceneOf('flaky', 'one answer in twelve is a 500', turnSick);
    flaky.between(sickS, 150).wantNotice('ApiServerFailing');
    const slow = await sceneOf('slow', 'every answer takes 1.5 s', turnSick);
    slow.between(sickS, 110).wantNotice('ApiServerSlow', 'first byte');
    const gone = await sceneOf('gone', 'it ends', (server) => server.kill());
    gone.between(sickS, 100).wantPage('ApiServerFailing');
    gone.between(sickS, 100).wantSaid(/connect [1-9]/);
    const hanging = await sceneOf('hanging', 'TLS handshakes hang', turnSick);
    hanging.between(sickS, 120).wantPage('ApiServerFailing');
    hanging.between(sickS, 120).wantSaid(/TLS [1-9]/);
    const sound = await sceneOf('sound', 'nothing at all', () => undefined);
    sound.between(0, 70).wantNothing();
    // Of each server one message, though two paths are asked on two connections.
    for (const scene of [broken, slow, gone, hanging]) scene.between(0, 90).wantMessages(1);

    await rig.play();
  });
});
