import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import type { KubernetesClient, KubernetesObject } from '../api.ts';
import { listNode } from './list-node.ts';

export type RangesApi = Pick<KubernetesClient, 'list'>;

const pageSize = 250;

const nodeSchema = z.looseObject({
  spec: z.looseObject({ podCIDRs: z.array(z.string()).default([]) }).prefault({}),
  status: z
    .looseObject({
      addresses: z.array(z.looseObject({ type: z.string(), address: z.string() })).default([]),
    })
    .prefault({}),
});
const serviceCidrSchema = z.looseObject({
  spec: z.looseObject({ cidrs: z.array(z.string()).default([]) }).prefault({}),
});

/** Ranges of Services; objects since Kubernetes 1.33. */
export async function readServiceRanges(api: RangesApi, signal: AbortSignal): Promise<readonly string[]> {
  const { items } = await api.list('/apis/networking.k8s.io/v1/servicecidrs', { signal });
  return items.flatMap((item) => serviceCidrSchema.parse(item).spec.cidrs).filter(isRange);
}

/**
 * The range around the Service of the API server, which has the first address of it, where it cannot be read. What is
 * assumed is the smallest that is in use: GKE's own, 34.118.224.0/20, which is also the one that is not private and so
 * needs it. Of IPv6, Kubernetes uses 112 bits.
 */
export function assumedServiceRanges(serviceAddress: string | undefined): readonly string[] {
  if (serviceAddress === undefined || !ipaddr.isValid(serviceAddress)) return [];
  const address = ipaddr.parse(serviceAddress);
  return [`${address.toString()}/${address.kind() === 'ipv4' ? 20 : 112}`];
}

/** Addresses and pod ranges of all nodes; undefined: they are more than `maxNodes`. */
export async function readNodeRanges(
  api: RangesApi,
  maxNodes: number,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const nodes: KubernetesObject[] = [];
  let next: string | undefined;
  do {
    const query = { limit: pageSize, continue: next };
    const page = await api.list('/api/v1/nodes', { query, signal });
    nodes.push(...page.items);
    next = page.next;
    if (nodes.length + (next === undefined ? 0 : 1) > maxNodes) return undefined;
  } while (next !== undefined);
  return nodes.flatMap(rangesOfNode);
}

export async function readOwnNodeRanges(
  api: RangesApi,
  node: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return (await listNode(api, node, signal)).flatMap(rangesOfNode);
}

function rangesOfNode(object: unknown): readonly string[] {
  const { spec, status } = nodeSchema.parse(object);
  // Beside addresses there are host names.
  const addresses = status.addresses.filter(({ address }) => ipaddr.isValid(address));
  return [...spec.podCIDRs, ...addresses.map(({ address }) => hostRange(address))].filter(isRange);
}

export function hostRange(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

function isRange(text: string): boolean {
  return ipaddr.isValidCIDR(text);
}
