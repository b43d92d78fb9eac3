import { describe, expect, it } from 'vitest';
import type { ObservationBatch, ObservationRow, Peer } from '../../stream/events/observation.ts';
import type { KubernetesObject } from '../api.ts';
import type { Change } from '../informers/store.ts';
import { ClusterDirectory } from './cluster-directory.ts';
import { namePeers } from './name-peers.ts';
import { keepNode } from './node-record.ts';
import { keepPod } from './pod-record.ts';
import { keepService } from './service-record.ts';
import { keepSlice } from './slice-record.ts';

const startMs = Date.parse('2026-11-21T08:00:00Z');

function object(name: string, extra: object, labels?: Record<string, string>): KubernetesObject {
  const uid = `uid-${name}`;
  const creationTimestamp = new Date(startMs - 3_600_000).toISOString();
  const metadata = { name, namespace: 'shop', uid, resourceVersion: '1', creationTimestamp };
  return { metadata: { ...metadata, ...(labels && { labels }) }, ...extra };
}

function ownedPod(name: string, deployment: string, ip: string, spec: object = {}): KubernetesObject {
  const pod = object(name, {
    spec: { nodeName: 'n1', ...spec },
    status: { phase: 'Running', podIPs: [{ ip }], startTime: new Date(startMs - 60_000).toISOString() },
  });
  const labels = { 'pod-template-hash': '6d9f' };
  const ownerReferences = [{ kind: 'ReplicaSet', name: `${deployment}-6d9f`, uid: 'rs', controller: true }];
  return { ...pod, metadata: { ...pod.metadata, labels, ownerReferences } };
}

const added = <T>(key: string, record: T): Change<T> => ({ type: 'add', key, object: record, atMs: startMs });

function slice(name: string, service: string, pods: readonly string[], port: number) {
  const endpoints = pods.map((pod) => ({ targetRef: { kind: 'Pod', name: pod, namespace: 'shop' } }));
  const kept = keepSlice(
    object(name, { endpoints, ports: [{ name: 'http', port }] }, { 'kubernetes.io/service-name': service }),
  );
  if (!kept) throw new Error('a slice without service');
  return kept;
}

function shop(): ClusterDirectory {
  const directory = new ClusterDirectory();
  const pods = [
    ownedPod('payments-1', 'payments', '10.244.0.11'),
    ownedPod('payments-2', 'payments', '10.244.0.12', { nodeName: 'n2' }),
    ownedPod('web-1', 'web', '10.244.0.13'),
    ownedPod('on-the-node', 'exporter', '192.0.2.1', { hostNetwork: true }),
  ];
  for (const pod of pods) directory.podChanged(added(`shop/${pod.metadata.name}`, keepPod(pod)));
  const spec = { clusterIPs: ['10.0.0.7'], ports: [{ name: 'http', port: 80 }] };
  const balanced = { loadBalancer: { ingress: [{ ip: '198.51.100.7' }] } };
  const services = [
    object('payments', { spec }),
    object('mixed', { spec: { clusterIP: '10.0.0.8', ports: [{ name: 'http', port: 80 }] } }),
    object('edge', { spec: { clusterIP: '10.0.0.9', ports: [{ port: 443 }] }, status: balanced }),
    object('headless', { spec: { clusterIP: 'None', ports: [{ port: 5432 }] } }),
  ];
  for (const service of services)
    directory.serviceChanged(added(`shop/${service.metadata.name}`, keepService(service)));
  directory.sliceChanged(added('shop/s1', slice('s1', 'payments', ['payments-1', 'payments-2'], 8080)));
  directory.sliceChanged(added('shop/s2', slice('s2', 'mixed', ['payments-1', 'web-1'], 8080)));
  const addresses = [
    { type: 'InternalIP', address: '192.0.2.1' },
    { type: 'Hostname', address: 'n1' },
  ];
  const node = object('n1', { spec: { podCIDRs: ['10.244.0.0/24'] }, status: { addresses } });
  directory.nodeChanged(added('n1', keepNode(node)));
  directory.serviceCidrChanged(added('kubernetes', ['10.0.0.0/16']));
  return directory;
}

function batchOf(peer: Peer, change: Partial<ObservationRow> = {}, atMs = startMs): ObservationBatch {
  const row: ObservationRow = {
    signal: 'tcp.traffic',
    role: 'client',
    service_port: 80,
    peer,
    fields: { bytes: 1 },
    ...change,
  };
  return {
    window: { start: new Date(atMs).toISOString(), ms: 1_000, elapsed_ms: 1_000 },
    candidate: false,
    subject: { cluster: 'c1', node: 'n1', namespace: 'shop', workload: 'deployment/checkout' },
    rows: [row],
  };
}

const external = (ip: string, name = ip): Peer => ({ kind: 'external', name, ip });
const named = (peer: Peer, change: Partial<ObservationRow> = {}): Peer | undefined =>
  namePeers(batchOf(peer, change), shop()).batch.rows[0]?.peer;

describe('namePeers', () => {
  it('names the workload of a pod address', () => {
    expect(named(external('10.244.0.13'))).toEqual({
      kind: 'workload',
      name: 'deployment/web.shop',
      workload: 'deployment/web.shop',
      namespace: 'shop',
      nodes: ['n1'],
      ip: '10.244.0.13',
    });
  });

  it('names a service, who is alone behind it, and the port there', () => {
    expect(named(external('10.0.0.7', 'payments.shop.svc.cluster.local'))).toEqual({
      kind: 'service',
      name: 'service/payments.shop',
      workload: 'deployment/payments.shop',
      namespace: 'shop',
      target_port: 8080,
      nodes: ['n1', 'n2'],
      ip: '10.0.0.7',
    });
  });

  it('names nobody behind a service of several', () => {
    expect(named(external('10.0.0.8'))).toMatchObject({ kind: 'service', name: 'service/mixed.shop' });
    expect(named(external('10.0.0.8'))).not.toHaveProperty('workload');
  });

  it.each([
    ['load balancer', external('198.51.100.7', 'shop.example.com'), 'service', 'service/edge.shop'],
    ['node, whoever of its network it was', external('192.0.2.1'), 'node', 'n1'],
    [
      'local name of the agent',
      { ...external('10.244.0.11', 'deployment/payments'), kind: 'workload' } as const,
      'workload',
      'deployment/payments.shop',
    ],
    [
      'service by its name alone',
      external('10.0.99.99', 'headless.shop.svc.cluster.local'),
      'service',
      'service/headless.shop',
    ],
    ['domain', external('203.0.113.9', 'api.example.com'), 'external', 'api.example.com'],
    ['inside, but nobody’s', external('10.244.0.99'), 'unknown', '10.244.0.99'],
    ['service address of nobody', external('10.0.4.4'), 'unknown', '10.0.4.4'],
    ['outside', external('203.0.113.9'), 'external', '203.0.113.9'],
    ['itself', { kind: 'loopback', name: 'localhost', ip: '127.0.0.1' } as const, 'loopback', 'localhost'],
  ])('%s', (_case, peer, kind, name) => {
    expect(named(peer)).toMatchObject({ kind, name, ip: peer.ip });
  });

  it('names by the moment of the window', () => {
    const directory = shop();
    const [old] = [keepPod(ownedPod('web-1', 'web', '10.244.0.13'))];
    directory.podChanged({ type: 'delete', key: 'shop/web-1', previous: old, atMs: startMs + 60_000 });
    const pod = ownedPod('search-1', 'search', '10.244.0.13');
    const started = { ...keepPod(pod), startMs: startMs + 70_000 };
    directory.podChanged(added('shop/search-1', started));
    const at = (atMs: number) =>
      namePeers(batchOf(external('10.244.0.13'), {}, atMs), directory).batch.rows[0]?.peer.name;
    expect(at(startMs + 30_000)).toBe('deployment/web.shop');
    expect(at(startMs + 65_000)).toBe('deployment/web.shop');
    expect(at(startMs + 75_000)).toBe('deployment/search.shop');
  });

  it('counts what stayed without a name', () => {
    const directory = shop();
    expect(namePeers(batchOf(external('203.0.113.9')), directory)).toMatchObject({ named: 0, unnamed: 1 });
    expect(namePeers(batchOf(external('10.0.0.7')), directory)).toMatchObject({ named: 1, unnamed: 0 });
    const sum: Peer = { kind: 'unknown', name: 'any', ip: '' };
    expect(namePeers(batchOf(sum), directory)).toMatchObject({ named: 0, unnamed: 0 });
  });
});
