import { Counter, type Registry } from 'prom-client';

export function createReloadCounter(registry: Registry): Counter<'result'> {
  return new Counter({
    name: 'saccade_rules_reloads_total',
    help: 'Changes of rule files, by whether they were taken.',
    labelNames: ['result'],
    registers: [registry],
  });
}
