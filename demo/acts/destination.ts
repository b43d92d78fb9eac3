import { launchClient } from '../../test/lab/traffic.ts';
import { newcomerName, type Scene } from '../scene.ts';
import type { Act } from './act.ts';

const longestSeconds = 60;

/** A workload connects to where it has never been. */
export function destinationAct({ lab }: Pick<Scene, 'lab'>): Act {
  return {
    name: 'destination',
    headline: `checkout begins to talk to ${newcomerName}, where it has never been`,
    alerts: ['NewExternalDestination'],
    ruleIds: ['new-external-destination'],
    expects: 'notice',
    resolves: false,
    async begin(placebo) {
      const begunAtMs = Date.now();
      const client = placebo
        ? undefined
        : launchClient(lab.host('checkout'), {
            target: newcomerName,
            port: 443,
            rate: 5,
            family: 4,
            seconds: longestSeconds,
          });
      return {
        begunAtMs,
        async heal() {
          const requests = Number(client?.latestJson?.['requests'] ?? 0);
          await client?.stop();
          return { text: `it sent ${requests} requests there`, counts: { requests } };
        },
      };
    },
  };
}
