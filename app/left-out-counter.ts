import { Counter, type Registry } from 'prom-client';

export function createLeftOutCounter(registry: Registry): Counter<'stage' | 'reason'> {
  return new Counter({
    name: 'saccade_left_out_total',
    help: 'What a stage left out because a bound was hit, by reason.',
    labelNames: ['stage', 'reason'],
    registers: [registry],
  });
}
