import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoLab } from '../lab/lab-support.ts';
import { programPath } from '../lab/program-path.ts';
import { launchClient, startServer } from '../lab/traffic.ts';
import { type Rig, startRig } from '../timeline/rig.ts';
import type { Scene } from '../timeline/scene.ts';
import { seconds } from './dns-hosts.ts';
import { type Block, blockOf, putOnInternet, resolveNames } from './internet.ts';

const crm = 'api.crm-example.com';
const collector = 'collector.example.net';
const newS = 20;
const talker = programPath(import.meta.url, '../../agent/destinations/testing/udp-talker');

/** A datagram each quarter of a second, whether or not somebody answers. */
function sendEndlessly(scene: Scene, target: string, port: number): void {
  const often = ['--count', '100000', '--gap-ms', '250', '--seconds', String(seconds)];
  scene.host('checkout').spawnProgram(talker, ['--target', target, '--port', String(port), ...often]);
}

describe.skipIf(whyNoLab() !== undefined)('the program, over destinations by UDP', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ learn: '10s' });
  }, 120_000);
  afterAll(() => rig[Symbol.asyncDispose](), 60_000);

  /** `checkout` calls a name over HTTPS, and asks the time there; somebody answers on UDP, too. */
  function sceneOf(name: string, block: Block): Promise<Scene> {
    return rig.scene(name, ['checkout', 'resolver', 'internet'], async (scene) => {
      const internet = scene.host('internet');
      await putOnInternet(scene, 'internet', block.prefix);
      await startServer(internet, { port: 443, seconds });
      const flags = ['--serve', '443', '--type', 'udp6', '--seconds', String(seconds)];
      const server = internet.spawnProgram(talker, flags);
      await server.waitForLine((line) => line.includes('"listening"'), 30_000);
      const zone = { [crm]: block.ips.slice(0, 2), [collector]: block.ips.slice(5, 6) };
      await resolveNames(scene, 'checkout', zone);
      const often = { connections: 1, rate: 4, requestsPerConnection: 2 };
      launchClient(scene.host('checkout'), { target: crm, port: 443, family: 4, seconds, ...often });
      sendEndlessly(scene, crm, 123);
    });
  }

  it('tells what is new, and not what turns to QUIC or was learned', { timeout: 240_000 }, async () => {
    const turned = await sceneOf('HTTPS turns to QUIC', blockOf(0));
    turned.at(newS).do('HTTP/3', () => Promise.resolve(sendEndlessly(turned, crm, 443)));
    turned.between(0, 85).wantNothing();

    const carried = await sceneOf('data is carried away by UDP', blockOf(1));
    carried
      .at(newS)
      .do('somebody reports home', () => Promise.resolve(sendEndlessly(carried, collector, 9_000)));
    carried.between(0, newS).wantNothing();
    carried.between(newS, 85).wantNotice('NewExternalDestination', 'example.net by UDP 9000');

    const restarted = await sceneOf('Saccade is started anew', blockOf(2));
    restarted.at(62).do('Saccade stops and starts', () => rig.restart('SIGINT'));
    restarted.between(0, 85).wantNothing();

    await rig.play();

    const workload = `netns/${restarted.host('checkout').namespace}`;
    const list = await rig.detector.ask('destinations', 'list', '--workload', workload);
    expect(list).toEqual([
      expect.objectContaining({ name: 'crm-example.com', servicePort: 123, protocol: 'udp' }),
      expect.objectContaining({ name: 'crm-example.com', servicePort: 443, protocol: 'tcp' }),
    ]);
  });
});
