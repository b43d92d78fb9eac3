import { z } from 'zod';
import type { KubernetesObject } from '../api.ts';

/** What is kept of an EndpointSlice: which pods stand behind a service, at which ports. */
export interface SliceRecord {
  readonly key: string;
  /** `namespace/name` of the service. */
  readonly service: string;
  /** `namespace/name`. */
  readonly pods: readonly string[];
  /** Endpoints that are no pods: addresses written down by somebody. */
  readonly others: number;
  readonly ports: ReadonlyMap<string, number>;
}

const sliceSchema = z.looseObject({
  endpoints: z
    .array(
      z.looseObject({
        targetRef: z
          .looseObject({
            kind: z.string().optional(),
            name: z.string().optional(),
            namespace: z.string().optional(),
          })
          .optional(),
      }),
    )
    .nullish(),
  ports: z.array(z.looseObject({ name: z.string().nullish(), port: z.number().nullish() })).nullish(),
});

/** undefined: it belongs to no service. */
export function keepSlice(object: KubernetesObject): SliceRecord | undefined {
  const { namespace = '', name, labels } = object.metadata;
  const service = labels?.['kubernetes.io/service-name'];
  if (service === undefined) return undefined;
  const { endpoints, ports } = sliceSchema.parse(object);
  const pods = (endpoints ?? []).flatMap(({ targetRef }) =>
    targetRef?.kind === 'Pod' && targetRef.name !== undefined
      ? [`${targetRef.namespace ?? namespace}/${targetRef.name}`]
      : [],
  );
  return {
    key: `${namespace}/${name}`,
    service: `${namespace}/${service}`,
    pods,
    others: (endpoints?.length ?? 0) - pods.length,
    ports: new Map(
      (ports ?? []).flatMap(({ name: port, port: number }) => (number == null ? [] : [[port ?? '', number]])),
    ),
  };
}
