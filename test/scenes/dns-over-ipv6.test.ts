import { describe, it } from 'vitest';
import { whyNoLab } from '../lab/lab-support.ts';
import { startDns } from '../lab/traffic.ts';
import { type Rig, startRig } from '../timeline/rig.ts';
import type { Scene } from '../timeline/scene.ts';
import { goByPodResolver, lookUp, seconds, sickS, startDnsThatTurns } from './dns-hosts.ts';

const api = 'api.example.com';
const zone = { [api]: ['192.0.2.7', '2001:db8:ffff::7'] };
const pair = ['client', 'resolver'];

/** `clients` ask a resolver at an IPv6 address, ten lookups a second in all. */
async function sceneOf(
  rig: Rig,
  what: string,
  clients: readonly string[],
  startResolver: (scene: Scene, address6: string) => Promise<unknown>,
): Promise<Scene> {
  const scene = await rig.scene(what, [...clients, 'resolver'], async (built) => {
    const { address6 } = built.host('resolver');
    await startResolver(built, address6);
    for (const client of clients) lookUp(built, client, [api], 10 / clients.length, { server: address6 });
  });
  scene.between(0, sickS).wantNothing();
  scene.between(0, 75).wantMessages(1);
  return scene;
}

async function stageOrdinary(rig: Rig): Promise<void> {
  const ordinary = await rig.scene('search paths over IPv6: 50 NXDOMAIN a second', pair, async (scene) => {
    const { address6: listen } = scene.host('resolver');
    const inside = { 'payments.shop.svc.cluster.example': ['2001:db8:ffff::8'] };
    await startDns(scene.host('resolver'), { ...zone, ...inside }, seconds, { listen });
    await goByPodResolver(scene, 'client', listen);
    lookUp(scene, 'client', ['payments.shop', 'payments', api], 15, { how: 'getaddrinfo' });
  });
  ordinary.between(0, 70).wantNothing();
}

async function stageSick(rig: Rig): Promise<void> {
  const turning = (sick: string) => (scene: Scene, address6: string) =>
    startDnsThatTurns(scene, zone, sick, address6);

  const clients = ['checkout', 'orders', 'search'];
  const down = await sceneOf(rig, 'a resolver at an IPv6 address ends', clients, (scene, listen) =>
    startDns(scene.host('resolver'), zone, seconds, { listen }),
  );
  down.at(sickS).do('the resolver ends', () => down.host('resolver').stopProcesses());
  down.between(sickS, 110).wantPage('DnsFailures', /resolver-/, 'nobody listens');

  const silent = await sceneOf(rig, 'it falls silent', ['client'], turning('silence'));
  silent.between(sickS, 110).wantPage('DnsFailures', /wait for an answer|not answered|silent/);

  const failing = await sceneOf(rig, 'it answers SERVFAIL', ['client'], turning('servfail'));
  failing.between(sickS, 110).wantPage('DnsFailures', /SERVFAIL/i);

  const late = await sceneOf(rig, 'it takes 600 ms', ['client'], turning('delay:600'));
  late.between(sickS, 110).wantNotice('DnsLatencyShift', /resolver-/);
}

describe.skipIf(whyNoLab() !== undefined)('the program, over DNS at IPv6 addresses', () => {
  it('tells what it tells over IPv4', { timeout: 240_000 }, async () => {
    await using rig = await startRig({ learn: '10s' });
    await stageOrdinary(rig);
    await stageSick(rig);
    await rig.play();
  });
});
