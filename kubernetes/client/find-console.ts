import { z } from 'zod';
import type { KubernetesReader } from '../api.ts';

export interface ConsolePod {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

const podSchema = z.looseObject({
  spec: z.looseObject({
    containers: z.array(
      z.looseObject({
        ports: z.array(z.looseObject({ name: z.string().optional(), containerPort: z.number() })).default([]),
      }),
    ),
  }),
  status: z.looseObject({
    conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
  }),
});

/** Labels of the chart: of its pods, those that may have a console. */
const selector = 'app.kubernetes.io/name=saccade,app.kubernetes.io/component in (server,notify,console)';

/** A pod of Saccade whose console answers; a ready one where there are several. undefined: none is there. */
export async function findConsole(api: KubernetesReader, namespace: string): Promise<ConsolePod | undefined> {
  const { items } = await api.list(`/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`, {
    query: { labelSelector: selector, limit: 50 },
  });
  const found = items.flatMap((item) => {
    const { spec, status } = podSchema.parse(item);
    const ports = spec.containers.flatMap((container) => container.ports);
    const port = ports.find(({ name }) => name === 'console')?.containerPort;
    const isReady = status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');
    return port === undefined ? [] : [{ namespace, pod: item.metadata.name, port, isReady }];
  });
  const chosen = found.find(({ isReady }) => isReady) ?? found[0];
  return chosen && { namespace, pod: chosen.pod, port: chosen.port };
}
