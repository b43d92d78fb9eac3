import { expect, it } from 'vitest';
import { replay } from '../../engine/replay.ts';
import { lossyRule } from '../../history/testing/sample-events.ts';
import { compileRules } from '../../rules/compile.ts';
import { observationsType } from '../../stream/events/observation.ts';
import { validateEvent } from '../../stream/validate-event.ts';
import { historyRecords } from './history-records.ts';

const startMs = Date.UTC(2026, 10, 21, 8);
const series = {
  signal: 'tcp.retransmits',
  cluster: 'c1',
  namespace: 'shop',
  role: 'client',
  service_port: 443,
  peer_kind: 'service',
  peer: 'service/payments.shop',
} as const;

it('makes of the history’s seconds a log that the judge takes', async () => {
  const seconds = Array.from({ length: 6 }, (_, second) =>
    ['deployment/cart', 'deployment/checkout'].map((workload) => ({
      series: { ...series, workload },
      atMs: startMs + second * 1000,
      fields: { data_segments: 100, retransmits: second === 3 && workload.endsWith('checkout') ? 20 : 0 },
    })),
  ).flat();
  const records = [...historyRecords(seconds)];
  const events = records.map(({ event }) => event);
  expect(events.filter(({ type }) => type === observationsType)).toHaveLength(12);
  expect(events.map(validateEvent).filter((fault) => fault !== undefined)).toEqual([]);

  const files = [{ path: 'draft.yaml', text: lossyRule }];
  const { transitions, refused } = await replay(records, {
    compile: compileRules,
    rules: { files, learn_ms: null },
  });
  expect(refused).toBe(0);
  expect(transitions.filter(({ state, level }) => state === 'firing' && level === 'page')).toMatchObject([
    { subject: { workload: 'deployment/checkout' }, worst_value: 0.2 },
  ]);
});
