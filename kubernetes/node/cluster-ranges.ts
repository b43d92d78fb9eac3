import { KubernetesApiError } from '../api-error.ts';
import type { InformerClock } from '../informers/informer.ts';
import {
  assumedServiceRanges,
  type RangesApi,
  readNodeRanges,
  readOwnNodeRanges,
  readServiceRanges,
} from './read-ranges.ts';

export interface ClusterRangesOptions {
  readonly api: RangesApi;
  /** As the cluster calls it. */
  readonly node: string;
  /** An address of the API server's Service, as pods are told it; undefined: not in a pod. */
  readonly serviceAddress: string | undefined;
  readonly clock: InformerClock;
  readonly random: () => number;
  readonly onProblem: (error: unknown, resource: string) => void;
  readonly maxNodes?: number;
}

/** Address ranges that belong to the cluster: of pods, Services and nodes. */
export interface ClusterRanges {
  start(): void;
  /** Idempotent. */
  stop(): Promise<void>;
  /** CIDRs, as found last; nothing is forgotten because the API server is away. */
  ranges(): readonly string[];
  stats(): { readonly ranges: number; readonly failures: number; readonly tooManyNodes: number };
}

/** Nodes come and go by minutes; each agent asks, so not more often. */
const intervalMs = 10 * 60_000;
const retryMs = 30_000;
/** 8 KB a node: 8 MB to read each time. Of larger clusters, routes and `network.internal` must tell. */
const defaultMaxNodes = 1_000;
const maxRanges = 10_000;

/** Asks every ten minutes; each kind by itself, so that a right that is missing costs only what it would tell. */
export function createClusterRanges(options: ClusterRangesOptions): ClusterRanges {
  const { api, node, clock, random, onProblem, maxNodes = defaultMaxNodes } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> | undefined;
  let ofServices = assumedServiceRanges(options.serviceAddress);
  let ofNodes: readonly string[] = [];
  let tooManyNodes = false;
  let failures = 0;

  async function readNodes(): Promise<readonly string[]> {
    const all = tooManyNodes ? undefined : await readNodeRanges(api, maxNodes, signal);
    tooManyNodes = all === undefined;
    return all ?? readOwnNodeRanges(api, node, signal);
  }

  /** How long to wait until the next attempt. */
  async function attempt(resource: string, read: () => Promise<void>): Promise<number> {
    try {
      await read();
      return intervalMs;
    } catch (error) {
      if (signal.aborted) return 0;
      failures += 1;
      onProblem(error, resource);
      return isLasting(error) ? intervalMs : retryMs;
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const waitsMs = [
        await attempt('service CIDRs', async () => {
          ofServices = await readServiceRanges(api, signal);
        }),
        await attempt('nodes', async () => {
          ofNodes = await readNodes();
        }),
      ];
      await clock.sleep(Math.min(...waitsMs) * (0.75 + random() / 2), signal);
    }
  }

  const ranges = (): readonly string[] => [...ofServices, ...ofNodes].slice(0, maxRanges);
  return {
    start: () => void (running ??= run()),
    async stop() {
      stopping.abort();
      await running;
    },
    ranges,
    stats: () => ({ ranges: ranges().length, failures, tooManyNodes: tooManyNodes ? 1 : 0 }),
  };
}

/** A right or a kind of object that is missing will be so in half a minute. */
function isLasting(error: unknown): boolean {
  return error instanceof KubernetesApiError && (error.code === 'forbidden' || error.code === 'not_found');
}
