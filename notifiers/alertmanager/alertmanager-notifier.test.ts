import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Alertmanager } from '../../test/alertmanager/alertmanager.ts';
import { startAlertmanager } from '../../test/alertmanager/alertmanager.ts';
import type { HttpSink } from '../../test/fakes/http/http-sink.ts';
import { startHttpSink } from '../../test/fakes/http/http-sink.ts';
import type { AlertFacts } from '../content/alert-facts.ts';
import { createDelivery, createFacts } from '../testing/delivery.ts';
import { createAlertmanagerNotifier } from './alertmanager-notifier.ts';
import { alertmanagerConfigSchema } from './config-schema.ts';

let sink: HttpSink;
let alertmanager: Alertmanager;
let nowMs: number;
beforeEach(async () => {
  sink = await startHttpSink();
  alertmanager = await startAlertmanager(sink.url);
  nowMs = Date.now();
});
afterEach(async () => {
  await alertmanager[Symbol.asyncDispose]();
  await sink.stop();
});

const create = (settings: Record<string, unknown> = {}) =>
  createAlertmanagerNotifier(
    alertmanagerConfigSchema.parse({ urls: [alertmanager.url], labels: { site: 'berlin' }, ...settings }),
    { receiver: 'am', environment: {}, nowMs: () => nowMs, output: { write: () => true } },
  );
const signal = () => AbortSignal.timeout(15_000);
const facts = (change: Partial<AlertFacts> = {}) => createFacts({ started_at_ms: nowMs - 2_000, ...change });

/** Alerts that its receiver was told, `status severity`, in order. */
const told = (): readonly string[] =>
  sink.requests.flatMap(({ body }) =>
    (JSON.parse(body) as { alerts: { status: string; labels: Record<string, string> }[] }).alerts.map(
      ({ status, labels }) => `${status} ${labels['severity']}`,
    ),
  );

describe('the real Alertmanager', () => {
  it('shows the alert with its labels, keeps it alive while it is sent again, and ends it', async () => {
    const notifier = create();
    expect(await notifier.send(createDelivery({ alerts: [facts()] }), signal())).toEqual({
      kind: 'sent',
      receipt: { instances: '1 of 1' },
    });
    const [alert] = await alertmanager.alerts();
    expect(alert).toMatchObject({
      labels: {
        alertname: 'RetransmitSpike',
        severity: 'notice',
        workload: 'netns/checkout',
        peer: 'netns/payments',
        service_port: '443',
        team: 'shop',
        site: 'berlin',
        path: 'netns/checkout|netns/payments|443',
      },
      annotations: { runbook_url: 'https://runbooks.example.com/tcp' },
      startsAt: new Date(nowMs - 2_000).toISOString(),
      endsAt: new Date(nowMs + 240_000).toISOString(),
      status: { state: 'active' },
    });

    nowMs += 60_000;
    const again = createDelivery({
      operation: 'edit',
      purpose: 'update',
      alerts: [facts({ started_at_ms: nowMs - 62_000 })],
    });
    await notifier.send(again, signal());
    expect(await alertmanager.alerts()).toMatchObject([{ endsAt: new Date(nowMs + 240_000).toISOString() }]);

    const ended = facts({ started_at_ms: nowMs - 62_000, state: 'resolved', ended_at_ms: Date.now() });
    await notifier.send(
      createDelivery({ operation: 'edit', purpose: 'resolved', alerts: [ended] }),
      signal(),
    );
    await vi.waitFor(() => expect(told()).toEqual(['firing notice', 'resolved notice']), { timeout: 10_000 });
    expect(await alertmanager.alerts()).toEqual([]);
  });

  it('is told a page as an alert of its own, and that the notice is over', async () => {
    const notifier = create();
    await notifier.send(createDelivery({ alerts: [facts()] }), signal());
    await vi.waitFor(() => expect(told()).toEqual(['firing notice']), { timeout: 10_000 });
    const page = facts({ level: 'page', left_levels: [{ level: 'notice', at_ms: nowMs }] });
    await notifier.send(
      createDelivery({ operation: 'edit', purpose: 'escalation', alerts: [page] }),
      signal(),
    );
    expect(await alertmanager.alerts()).toMatchObject([{ labels: { severity: 'page' } }]);
    await vi.waitFor(
      () => expect(told()).toEqual(expect.arrayContaining(['firing page', 'resolved notice'])),
      {
        timeout: 10_000,
      },
    );
  });

  it('groups both ends of a path by its label', async () => {
    const ends = ['netns/checkout', 'netns/payments'].map((workload) =>
      facts({ fingerprint: workload, labels: { ...facts().labels, workload } }),
    );
    await create().send(createDelivery({ alerts: ends }), signal());
    await vi.waitFor(() => expect(told()).toEqual(['firing notice', 'firing notice']), { timeout: 10_000 });
    expect(sink.requests).toHaveLength(1);
  });

  it('takes names that Prometheus does not know, and refuses a whole request for none of ours', async () => {
    const odd = facts({
      labels: { ...facts().labels, 'app.kubernetes.io/name': 'x', '9lives': 'y', empty: '' },
    });
    expect(await create().send(createDelivery({ alerts: [odd] }), signal())).toMatchObject({ kind: 'sent' });
    expect(await alertmanager.alerts()).toMatchObject([
      { labels: { app_kubernetes_io_name: 'x', _9lives: 'y' } },
    ]);
  });

  it('needs one instance of a cluster', async () => {
    const closed = await startHttpSink();
    const { url } = closed;
    await closed.stop();
    const delivery = createDelivery({ alerts: [facts()] });
    expect(await create({ urls: [url, alertmanager.url] }).send(delivery, signal())).toEqual({
      kind: 'sent',
      receipt: { instances: '1 of 2' },
    });
    expect(await create({ urls: [url, url] }).send(delivery, signal())).toMatchObject({
      kind: 'retry-after',
    });
  });

  it('is told of a test', async () => {
    await create().send(createDelivery({ purpose: 'test' }), signal());
    expect(await alertmanager.alerts()).toMatchObject([
      { labels: { alertname: 'SaccadeTest', receiver: 'am' } },
    ]);
  });
});

it.each([
  [{ urls: ['nowhere'] }, 'not an http or https URL'],
  [{ urls: ['http://a.example'], username: 'u' }, 'give exactly one of password_file and password_env'],
  [{ urls: ['http://a.example'], resend: '10ms' }, 'resend must be at least 1s'],
])('refuses the configuration %j', (config, message) => {
  expect(alertmanagerConfigSchema.safeParse(config).error?.issues.map((issue) => issue.message)).toContain(
    message,
  );
});
