import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoLab } from '../lab/lab-support.ts';
import { launchClient, startServer } from '../lab/traffic.ts';
import { type Rig, startRig } from '../timeline/rig.ts';
import type { Scene } from '../timeline/scene.ts';
import { seconds } from './dns-hosts.ts';
import { type Block, blockOf, putOnInternet, resolveNames } from './internet.ts';

const port = 443;
const crm = 'api.crm-example.com';
const collector = 'collector.example.net';
/** Until then what is contacted is ordinary. */
const newS = 20;

async function buildInternet(
  scene: Scene,
  { prefix }: Block,
  zone: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  await putOnInternet(scene, 'internet', prefix);
  await startServer(scene.host('internet'), { port, seconds });
  await resolveNames(scene, 'checkout', zone);
}

/** A connection for every two requests, so that the name is looked up again and again. */
function callEndlessly(scene: Scene, target: string): void {
  const often = { connections: 1, rate: 4, requestsPerConnection: 2 };
  launchClient(scene.host('checkout'), { target, port, family: 4, seconds, ...often });
}

describe.skipIf(whyNoLab() !== undefined)('the program, over destinations', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ learn: '10s' });
  }, 120_000);
  afterAll(() => rig[Symbol.asyncDispose](), 60_000);

  /** `zone`: names with their addresses, which take turns. `checkout` calls the first. */
  function sceneOf(
    name: string,
    block: Block,
    zone: Readonly<Record<string, readonly string[]>>,
  ): Promise<Scene> {
    const turns = Object.entries(zone).map(([domain, ips]) => [domain, ['rotate', ...ips]] as const);
    return rig.scene(name, ['checkout', 'resolver', 'internet'], async (scene) => {
      await buildInternet(scene, block, Object.fromEntries(turns));
      callEndlessly(scene, crm);
    });
  }

  it('tells what is new, by name or by prefix, and not what rotates', { timeout: 240_000 }, async () => {
    const [first, second, third, fourth] = [0, 1, 2, 3].map(blockOf) as [Block, Block, Block, Block];

    const rotating = await sceneOf('a name whose addresses rotate', first, { [crm]: first.ips });
    rotating.between(0, 60).wantNothing();

    const named = await sceneOf('a new destination with a name', second, {
      [crm]: second.ips.slice(0, 2),
      [collector]: second.ips.slice(5, 8),
    });
    named.at(newS).do('somebody reports home', () => Promise.resolve(callEndlessly(named, collector)));
    named.between(0, newS).wantNothing();
    named.between(newS, 85).wantNotice('NewExternalDestination', 'example.net:443');
    named.between(0, 60).wantMessages(1);

    const bare = await sceneOf('a new destination without a name', third, { [crm]: third.ips.slice(0, 2) });
    const address = third.ips[7] ?? '';
    bare.at(newS).do('an address is contacted', () => Promise.resolve(callEndlessly(bare, address)));
    bare.between(newS, 85).wantNotice('NewExternalDestination', '198.51.100.0/24');

    // What was learned is kept: the same contacts again are no news.
    const restarted = await sceneOf('Saccade is started anew', fourth, { [crm]: fourth.ips });
    restarted.at(62).do('Saccade stops and starts', () => rig.restart('SIGINT'));
    restarted.between(0, 85).wantNothing();

    await rig.play();

    const workload = `netns/${restarted.host('checkout').namespace}`;
    const list = await rig.detector.ask('destinations', 'list', '--workload', workload);
    expect(list).toEqual([expect.objectContaining({ workload, name: 'crm-example.com', servicePort: port })]);
  });
});
