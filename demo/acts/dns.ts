import type { Scene } from '../scene.ts';
import type { Act } from './act.ts';

/** The name server goes on answering, but every answer is SERVFAIL. */
export function dnsAct({ resolver }: Pick<Scene, 'resolver'>): Act {
  return {
    name: 'dns',
    headline: 'the name server answers SERVFAIL to everything',
    alerts: ['DnsFailures'],
    ruleIds: ['dns-failures'],
    expects: 'notice',
    resolves: true,
    async begin(placebo) {
      const begunAtMs = Date.now();
      if (!placebo) await resolver.replace('failing');
      return {
        begunAtMs,
        async heal() {
          const questions = await resolver.replace('healthy');
          return { text: `it was asked ${questions} times meanwhile`, counts: { dns_questions: questions } };
        },
      };
    },
  };
}
