import type { Host } from './host.ts';

export interface RateLimit {
  readonly bitsPerSecond: number;
  /** How long a packet may wait in the queue before it is dropped. Default 50 ms. */
  readonly queueMs?: number;
}

export interface ActiveRateLimit extends AsyncDisposable {
  /** Packets that found the queue full. */
  dropped(): Promise<number>;
  clear(): Promise<void>;
}

/**
 * Congestion: what goes to `receiver` passes a token bucket (tc-tbf(8)) at the router's port, so the drops come from a
 * full queue, in clusters, as on a real bottleneck.
 */
export async function limitRate(router: Host, receiver: Host, limit: RateLimit): Promise<ActiveRateLimit> {
  const device = portTo(receiver);
  const tc = (...args: readonly string[]): Promise<string> => router.runInNetwork('tc', args);
  const rate = ['rate', `${limit.bitsPerSecond}bit`, 'burst', `${burstBytes(limit)}`];
  await tc('qdisc', 'add', 'dev', device, 'root', 'tbf', ...rate, 'latency', `${limit.queueMs ?? 50}ms`);
  let active = true;
  const clear = async (): Promise<void> => {
    if (!active) return;
    active = false;
    await tc('qdisc', 'del', 'dev', device, 'root');
  };
  return {
    dropped: async () => parseDrops(await tc('-s', '-j', 'qdisc', 'show', 'dev', device)),
    clear,
    [Symbol.asyncDispose]: clear,
  };
}

/** At least one super-packet, or tbf would have to cut every one of them; else what passes in 10 ms. */
function burstBytes(limit: RateLimit): number {
  return Math.max(65_536, Math.ceil(limit.bitsPerSecond / 8 / 100));
}

function portTo(receiver: Host): string {
  if (receiver.routerPort === undefined) throw new Error(`${receiver.name} has no cable to the router`);
  return receiver.routerPort.device;
}

function parseDrops(json: string): number {
  const queues = JSON.parse(json) as readonly { readonly kind: string; readonly drops?: number }[];
  return queues.find((queue) => queue.kind === 'tbf')?.drops ?? 0;
}
