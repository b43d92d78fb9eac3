import { z } from 'zod';
import type { KubernetesObject } from '../api.ts';

/** What is kept of a Service. */
export interface ServiceRecord {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Cluster, load balancer and external addresses; none of a headless one. */
  readonly ips: readonly string[];
  readonly ports: readonly { readonly name: string; readonly port: number }[];
  readonly createdMs: number;
}

const serviceSchema = z.looseObject({
  spec: z.looseObject({
    clusterIP: z.string().optional(),
    clusterIPs: z.array(z.string()).optional(),
    externalIPs: z.array(z.string()).optional(),
    ports: z.array(z.looseObject({ name: z.string().default(''), port: z.number() })).optional(),
  }),
  status: z
    .looseObject({
      loadBalancer: z
        .looseObject({ ingress: z.array(z.looseObject({ ip: z.string().optional() })).optional() })
        .optional(),
    })
    .optional(),
});

export function keepService(object: KubernetesObject): ServiceRecord {
  const { metadata } = object;
  const { spec, status } = serviceSchema.parse(object);
  const given = [
    ...(spec.clusterIPs ?? [spec.clusterIP ?? '']),
    ...(spec.externalIPs ?? []),
    ...(status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip ?? ''),
  ];
  return {
    uid: metadata.uid,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    ips: [...new Set(given)].filter((ip) => ip !== '' && ip !== 'None'),
    ports: (spec.ports ?? []).map(({ name, port }) => ({ name, port })),
    createdMs: Date.parse(metadata.creationTimestamp ?? '') || 0,
  };
}
