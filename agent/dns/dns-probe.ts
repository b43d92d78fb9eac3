import type { Names } from '../names/create-names.ts';
import { netnsInodeAt } from '../names/named-netns.ts';
import type { Probe } from '../probe.ts';
import type { DnsFeed } from './dns-feed.ts';
import type { RelaysOptions } from './relays.ts';
import { RunningDnsProbe } from './running-dns-probe.ts';

export interface DnsProbeOptions {
  readonly names: {
    readonly dnsFeed: Pick<DnsFeed, 'listen' | 'leave' | 'drain' | 'counters'>;
    readonly peers: Pick<Names['peers'], 'peerOf'>;
    readonly workloads: Pick<Names['workloads'], 'subjectOf'>;
  };
}

/** The signal `dns`, from the same kernel programs that give peers their names. */
export function createDnsProbe({ names }: DnsProbeOptions): Probe {
  const { dnsFeed: feed, peers, workloads } = names;
  const machineInode = netnsInodeAt('/proc/self/ns/net');
  const runsAt: RelaysOptions['runsAt'] = (asker, client, { ip, isLoopback }) => {
    const isMachine = asker.owner.netnsInode === machineInode;
    // A container engine may serve a container's loopback from the machine.
    if (isLoopback) return isMachine || asker.owner.netnsCookie === client.owner.netnsCookie;
    const { kind, workload } = peers.peerOf(client.owner.netnsCookie, ip);
    if (kind === 'node') return isMachine;
    return workload !== undefined && workload === workloads.subjectOf(asker.owner).workload;
  };
  let running: RunningDnsProbe | undefined;
  return {
    name: 'dns',
    signals: ['dns'],
    async start(context) {
      const starting = new RunningDnsProbe({ feed, context, runsAt });
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
