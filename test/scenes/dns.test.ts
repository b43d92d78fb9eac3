import { afterAll, beforeAll, describe, it } from 'vitest';
import { whyNoLab } from '../lab/lab-support.ts';
import { startDns } from '../lab/traffic.ts';
import { type Rig, startRig } from '../timeline/rig.ts';
import type { Scene } from '../timeline/scene.ts';
import { goByPodResolver, lookUp, seconds, sickS, startDnsThatTurns, startStub } from './dns-hosts.ts';

const api = 'api.example.com';
const zone = { [api]: ['192.0.2.7'] };
const pair = ['client', 'resolver'];
const crowd = ['checkout', 'orders', 'search', 'basket'];

/** A name server that turns sick in the middle. */
function startSickDns(scene: Scene, sick: string): Promise<void> {
  return startDnsThatTurns(scene, zone, sick);
}

describe.skipIf(whyNoLab() !== undefined)('the program, over DNS that fails', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ learn: '10s' });
  }, 120_000);
  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
  }, 60_000);

  it('tells what goes on, and none of what is ordinary', { timeout: 240_000 }, async () => {
    const searching = await rig.scene('search paths: 50 NXDOMAIN a second', pair, async (scene) => {
      const inside = { 'payments.shop.svc.cluster.example': ['192.0.2.7'] };
      await startDns(scene.host('resolver'), { ...zone, ...inside }, seconds);
      await goByPodResolver(scene, 'client', scene.host('resolver').address4);
      lookUp(scene, 'client', ['payments.shop', 'payments', api], 15, { how: 'getaddrinfo' });
    });
    searching.between(0, 60).wantNothing();

    const misspelt = await rig.scene('a misspelt name', pair, async (scene) => {
      await startDns(scene.host('resolver'), zone, seconds);
      lookUp(scene, 'client', [api], 10);
    });
    misspelt.at(sickS).do('a program asks for what does not exist', async () => {
      lookUp(misspelt, 'client', ['paymnets.example.com'], 2);
    });
    misspelt.between(sickS, 100).wantNotice('DnsMisspeltName', 'paymnets.example.com');
    misspelt.between(0, 60).wantMessages(1);

    const down = await rig.scene(
      'a resolver that ends, with many clients',
      [...crowd, 'resolver'],
      async (scene) => {
        await startDns(scene.host('resolver'), zone, seconds);
        for (const client of crowd) lookUp(scene, client, [api], 5);
      },
    );
    down.at(sickS).do('the resolver ends', () => down.host('resolver').stopProcesses());
    down.between(0, sickS).wantNothing();
    down.between(sickS, 110).wantPage('DnsFailures', /[2-4] workloads → resolver-/, 'nobody listens');
    down.between(0, 75).wantMessages(1);

    const silent = await rig.scene(
      'a resolver that falls silent',
      ['checkout', 'orders', 'resolver'],
      async (scene) => {
        await startSickDns(scene, 'silence');
        for (const client of ['checkout', 'orders']) lookUp(scene, client, [api], 5);
      },
    );
    silent.between(0, sickS).wantNothing();
    silent.between(sickS, 110).wantPage('DnsFailures', /wait for an answer|not answered|silent/);
    silent.between(0, 75).wantMessages(1);

    const refusing = await rig.scene('a resolver that refuses', pair, async (scene) => {
      await startSickDns(scene, 'refused');
      lookUp(scene, 'client', [api], 10);
    });
    refusing.between(0, sickS).wantNothing();
    refusing.between(sickS, 110).wantPage('DnsFailures', /refused/i);

    const share = await rig.scene('one name fails, the others do not', pair, async (scene) => {
      await startDns(scene.host('resolver'), { ...zone, 'broken.example.net': ['servfail'] }, seconds);
      lookUp(scene, 'client', [api], 20);
    });
    share.at(sickS).do('a program asks for it', async () => {
      lookUp(share, 'client', ['broken.example.net'], 2);
    });
    share.between(sickS, 100).wantSaid('DnsFailures', 'broken.example.net');
    share.between(0, 60).wantMessages(1);

    const late = await rig.scene('answers take 600 ms', pair, async (scene) => {
      await startSickDns(scene, 'delay:600');
      lookUp(scene, 'client', [api], 10);
    });
    late.between(0, sickS).wantNothing();
    late.between(sickS, 110).wantNotice('DnsLatencyShift');
    late.between(0, 75).wantMessages(1);

    const cut = await rig.scene('answers that are cut, and come over TCP', pair, async (scene) => {
      await startDns(scene.host('resolver'), { 'many.example.com': ['192.0.2.7', 'truncate'] }, seconds);
      lookUp(scene, 'client', ['many.example.com'], 5);
    });
    cut.between(0, 60).wantNothing();

    const stub = await rig.scene('a stub at 127.0.0.53', pair, async (scene) => {
      await startSickDns(scene, 'silence');
      await startStub(scene, 'client', '127.0.0.53', scene.host('resolver').address4);
      lookUp(scene, 'client', [api], 5, { server: '127.0.0.53' });
    });
    stub.between(0, sickS).wantNothing();
    stub.between(sickS, 110).wantPage('DnsFailures');
    stub.between(0, 75).wantMessages(1);

    const cache = await rig.scene(
      'a cache on the node',
      ['checkout', 'orders', 'cache', 'resolver'],
      async (scene) => {
        await startSickDns(scene, 'servfail');
        const { address4: own } = scene.host('cache');
        await startStub(scene, 'cache', own, scene.host('resolver').address4);
        for (const client of ['checkout', 'orders']) lookUp(scene, client, [api], 5, { server: own });
      },
    );
    cache.between(0, sickS).wantNothing();
    cache.between(sickS, 110).wantPage('DnsFailures', /resolver-/);
    cache.between(0, 75).wantMessages(1);

    await rig.play();
  });
});
