import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { KubernetesClient } from '../../kubernetes/api.ts';
import { FakeApi } from '../../kubernetes/testing/fake-api.ts';
import type { CloudEvent } from '../../stream/cloud-event.ts';
import type { RulesLoadedEvent } from '../../stream/events/control.ts';
import { loadConfig } from '../config/load-config.ts';
import { configuredSources, loadStartRules, type RuleService } from '../rule-service.ts';
import { createClusterRuleService } from './cluster-rule-service.ts';

const patienceMs = 60_000;
const rule = {
  alert: 'PaymentsLosesPackets',
  id: 'payments-loses-packets',
  signal: 'tcp.retransmits',
  by: ['namespace', 'workload', 'peer', 'service_port'],
  measure: 'retransmit_ratio',
  over: ['1s', '10s'],
  baseline: { method: 'rate', ceiling: '5%', min_events: 3 },
  when: ['baseline.score > 1'],
};

let folder: string;
let service: RuleService | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'saccade-rules-'));
});
afterEach(async () => {
  await service?.stop();
  rmSync(folder, { recursive: true });
});

it('tells the judges nothing before the rules of the cluster are known, then all of them, and writes no status', async () => {
  const config = join(folder, 'saccade.yaml');
  writeFileSync(config, 'kubernetes: {}\n');
  const loaded = loadConfig({ config, data: join(folder, 'data') });
  const fake = new FakeApi();
  fake.put('payments', { spec: { rules: [rule] } });
  fake.setDown(true);
  const sent: string[] = [];
  const client: KubernetesClient = {
    server: 'https://192.0.2.1',
    list: (...args) => fake.list(...args),
    watch: (...args) => fake.watch(...args),
    send: async (_method, path) => void sent.push(path),
    close: () => undefined,
  };
  const told: CloudEvent[] = [];
  service = createClusterRuleService({
    cluster: { client },
    loaded,
    rules: await loadStartRules(configuredSources(loaded.config, loaded.ruleFiles), null),
    producer: { append: async (_topic, events) => void told.push(...events) },
    logger: pino({ level: 'silent' }),
    registry: new Registry(),
  });
  await service.start();
  await vi.waitFor(() => expect(service?.refused().join()).toMatch(/rules of the cluster: (?!not read)/), {
    timeout: patienceMs,
  });
  expect(told).toEqual([]);

  fake.setDown(false);
  await vi.waitFor(() => expect(service?.refused()).toEqual([]), { timeout: patienceMs });
  expect(told).toHaveLength(1);
  const ids = service.current().rules.map(({ id }) => id);
  expect(ids).toContain('shop-payments-loses-packets');
  expect(ids.length).toBeGreaterThan(1);
  const { files } = told[0]?.data as RulesLoadedEvent['data'];
  expect(files.some(({ path }) => path.endsWith('shop.payments.yaml'))).toBe(true);
  expect(sent).toEqual([]);
}, 180_000);
