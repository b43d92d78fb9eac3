import { startInjector } from '../../test/lab/traffic.ts';
import type { Scene } from '../scene.ts';
import type { Act } from './act.ts';

const percent = 10;
/** A bound: it is healed as soon as somebody was told. */
const longestSeconds = 60;

/** Packets get lost between two workloads. */
export function lossAct({ lab }: Pick<Scene, 'lab'>): Act {
  const [receiver, from] = [lab.host('payments'), lab.host('checkout')];
  return {
    name: 'loss',
    headline: `another process loses ${percent} % of the packets that payments gets from checkout`,
    alerts: ['RetransmitSpike'],
    ruleIds: ['tcp-retransmit-spike'],
    expects: 'page',
    resolves: true,
    async begin(placebo) {
      const injector = await startInjector({
        receiver,
        from,
        percent: placebo ? 0 : percent,
        seconds: longestSeconds,
      });
      return {
        begunAtMs: injector.begunAtMs,
        async heal() {
          const { dropped, matched } = await injector.heal();
          return {
            text: `the kernel dropped ${dropped} of ${matched} packets`,
            counts: { packets_seen: matched, packets_lost: dropped },
          };
        },
      };
    },
  };
}
