import { statSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLab, type Lab } from '../../test/lab/lab.ts';
import type { Host } from '../../test/lab/host.ts';
import { startClient, startDns, startServer } from '../../test/lab/traffic.ts';
import { probeKernel } from '../bpf/kernel.ts';
import { createNames, type Names } from './create-names.ts';

const kernel = probeKernel();
const bpfDirectory = new URL('../../bpf', import.meta.url).pathname;
const cleanUps: (() => unknown)[] = [];
let nextCookie = 1n;

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function create(): Names {
  const names = createNames({ cluster: 'c', node: 'n', bpfDirectory, kernel, nowMs: () => Date.now() });
  cleanUps.push(() => names[Symbol.dispose]());
  return names;
}

async function startLab(hosts: readonly string[]): Promise<Lab> {
  const lab = await createLab({ hosts });
  cleanUps.push(() => lab[Symbol.asyncDispose]());
  return lab;
}

/** As the kernel would give it for a socket of this host. */
function ownerOf(host: Host) {
  return {
    netnsCookie: nextCookie++,
    netnsInode: statSync(`/run/netns/${host.namespace}`).ino,
    cgroupId: 1n,
  };
}

describe.skipIf(!kernel.usable)('createNames', () => {
  it('names a workload on this machine as a peer from the first packet, over IPv4 and IPv6', async () => {
    const lab = await startLab(['checkout', 'payments']);
    const [checkout, payments] = [lab.host('checkout'), lab.host('payments')];
    await startServer(payments, { port: 8080 });
    const names = create();
    const owner = ownerOf(checkout);
    names.workloads.subjectOf(owner);
    // Another lab may have these addresses too; a connection tells which is meant.
    await startClient(checkout, { target: payments.address4, port: 8080 });
    await startClient(checkout, { target: payments.address6, port: 8080 });
    for (const ip of [payments.address4, payments.address6, `::ffff:${payments.address4}`])
      await vi.waitFor(() =>
        expect(names.peers.peerOf(owner.netnsCookie, ip)).toMatchObject({
          kind: 'workload',
          name: `netns/${payments.namespace}`,
        }),
      );
  });

  it('tells two labs with the same addresses apart', async () => {
    const labs = [await startLab(['checkout', 'payments']), await startLab(['checkout', 'payments'])];
    for (const lab of labs) {
      await startServer(lab.host('payments'), { port: 8080 });
      await startClient(lab.host('checkout'), { target: lab.host('payments').address4, port: 8080 });
    }
    const names = create();
    for (const lab of labs) {
      const [client, server] = [ownerOf(lab.host('checkout')), ownerOf(lab.host('payments'))];
      expect(names.workloads.subjectOf(client).workload).toBe(`netns/${lab.host('checkout').namespace}`);
      expect(names.workloads.subjectOf(server).workload).toBe(`netns/${lab.host('payments').namespace}`);
      expect(names.peers.peerOf(client.netnsCookie, lab.host('payments').address4).name).toBe(
        `netns/${lab.host('payments').namespace}`,
      );
      expect(names.peers.peerOf(server.netnsCookie, lab.host('checkout').address4).name).toBe(
        `netns/${lab.host('checkout').namespace}`,
      );
    }
  });

  it('names an external address by what its client looked up', async () => {
    const name = `api-${process.pid}.example.com`;
    const names = create();
    cleanUps.push(() => names.dnsReader.stop());
    expect((await names.dnsReader.start()).attached).toBe(true);
    const plan = await createLab({ hosts: ['resolver', 'shop'], resolver: '192.0.2.10' });
    cleanUps.push(() => plan[Symbol.asyncDispose]());
    await startDns(plan.host('resolver'), { [name]: ['198.51.100.77'] });
    await plan.host('shop').spawn('getent', ['ahostsv4', name]).exited;
    const ours = () => [...names.dnsNames.records()].find((record) => record.name === name);
    await vi.waitFor(() => expect(ours()).toBeDefined());
    const client = BigInt(ours()?.client ?? 0);
    expect(names.peers.peerOf(client, '198.51.100.77')).toMatchObject({ kind: 'external', name });
    expect(names.peers.peerOf(client + 1n, '198.51.100.77').name).toBe('198.51.100.77');
  });
});
