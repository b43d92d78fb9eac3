import type { Names } from '../names/create-names.ts';
import type { Probe } from '../probe.ts';
import type { DnsFeed } from './dns-feed.ts';
import type { DnsClient } from './lookup.ts';
import type { Resolver } from './resolvers.ts';
import { RunningDnsProbe } from './running-dns-probe.ts';

export interface DnsProbeOptions {
  readonly names: {
    readonly dnsFeed: Pick<DnsFeed, 'listen' | 'leave' | 'drain' | 'counters'>;
    readonly peers: Pick<Names['peers'], 'peerOf'>;
  };
}

/** The signal `dns`, from the same kernel programs that give peers their names. */
export function createDnsProbe({ names }: DnsProbeOptions): Probe {
  const { dnsFeed: feed, peers } = names;
  const isHere = ({ owner }: DnsClient, { ip, isLoopback }: Resolver): boolean => {
    if (isLoopback) return true;
    const { kind, workload } = peers.peerOf(owner.netnsCookie, ip);
    return kind === 'node' || kind === 'workload' || workload !== undefined;
  };
  let running: RunningDnsProbe | undefined;
  return {
    name: 'dns',
    signals: ['dns'],
    async start(context) {
      const starting = new RunningDnsProbe({ feed, context, isHere });
      const start = feed.listen(starting.onEvent);
      if (start.attached) running = starting;
      return start;
    },
    collect: () => running?.collect() ?? [],
    health: () => running?.health() ?? { counters: {}, mapFullness: {} },
    async stop() {
      const stopping = running;
      running = undefined;
      if (stopping === undefined) return;
      await feed.leave(stopping.onEvent);
      stopping.stop();
    },
  };
}
