import type { Scene } from '../scene.ts';
import type { Act } from './act.ts';

const obeysWithinMs = 5_000;

/** The name server goes on answering, but every answer is SERVFAIL. */
export function dnsAct({ resolver }: Pick<Scene, 'resolver'>): Act {
  const questions = (): number => resolver.jsonLines.filter((line) => 'asked' in line).length;
  return {
    name: 'dns',
    headline: 'the name server answers SERVFAIL to everything',
    alerts: ['DnsFailures'],
    ruleIds: ['dns-failures'],
    expects: 'notice',
    resolves: true,
    async begin(placebo) {
      const begunAtMs = Date.now();
      const before = questions();
      if (!placebo) {
        process.kill(resolver.pid, 'SIGUSR1');
        await resolver.waitForJson('zone', 'failing', obeysWithinMs);
      }
      return {
        begunAtMs,
        async heal() {
          process.kill(resolver.pid, 'SIGUSR2');
          await resolver.waitForJson('zone', 'healthy', obeysWithinMs);
          const asked = questions() - before;
          return { text: `it was asked ${asked} times meanwhile`, counts: { dns_questions: asked } };
        },
      };
    },
  };
}
