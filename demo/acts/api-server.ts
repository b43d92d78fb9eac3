import type { Scene } from '../scene.ts';
import type { Act } from './act.ts';

const answersWithinMs = 5_000;

/** The API server answers, but late. */
export function apiServerAct({ apiServer }: Pick<Scene, 'apiServer'>): Act {
  return {
    name: 'api-server',
    headline: 'the API server takes 1.5 s for each answer',
    alerts: ['ApiServerSlow'],
    ruleIds: ['api-server-slow'],
    expects: 'notice',
    resolves: true,
    async begin(placebo) {
      const begunAtMs = Date.now();
      if (!placebo) {
        process.kill(apiServer.pid, 'SIGUSR1');
        await apiServer.waitForJson('delay_ms', 1500, answersWithinMs);
      }
      return {
        begunAtMs,
        async heal() {
          process.kill(apiServer.pid, 'SIGUSR2');
          const { requests } = await apiServer.waitForJson('delay_ms', 0, answersWithinMs);
          return {
            text: `it had ${Number(requests)} requests in all`,
            counts: { api_requests: Number(requests) },
          };
        },
      };
    },
  };
}
