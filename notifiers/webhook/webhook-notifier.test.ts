import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpSink, SinkRequest, SinkTrouble } from '../../test/fakes/http/http-sink.ts';
import { startHttpSink } from '../../test/fakes/http/http-sink.ts';
import { createContent } from '../content/message-content.ts';
import { createDelivery, createFacts } from '../testing/delivery.ts';
import { startMs } from '../testing/events.ts';
import { webhookConfigSchema } from './config-schema.ts';
import { verifySignature } from './signature.ts';
import { createWebhookNotifier } from './webhook-notifier.ts';

let sink: HttpSink;
beforeEach(async () => {
  sink = await startHttpSink();
});
afterEach(() => sink.stop());

const secret = 'whsec-0123456789';
const create = (settings: Record<string, unknown> = {}) =>
  createWebhookNotifier(webhookConfigSchema.parse({ url: sink.url, timeout: '15s', ...settings }), {
    receiver: 'hook',
    environment: { SECRET: secret, TOKEN: 'bearer-1', URL: sink.url, BAD: 'not-a-url' },
    nowMs: () => startMs,
    output: { write: () => true },
  });
const signal = () => AbortSignal.timeout(15_000);
const firing = (change: Parameters<typeof createDelivery>[0] = {}) =>
  createDelivery({ alerts: [createFacts()], ...change });

describe('a webhook', () => {
  it("posts Alertmanager's JSON, version 4", async () => {
    expect(await create().send(firing(), signal())).toEqual({ kind: 'sent', receipt: { status: '204' } });
    const [request] = sink.requests;
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': '"g/root"',
    });
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      version: '4',
      groupKey: 'g',
      status: 'firing',
      receiver: 'hook',
      truncatedAlerts: 0,
      commonLabels: { alertname: 'RetransmitSpike', severity: 'notice', team: 'shop' },
      alerts: [
        {
          status: 'firing',
          labels: { workload: 'netns/checkout', peer: 'netns/payments', service_port: '443' },
          annotations: { runbook_url: 'https://runbooks.example.com/tcp' },
          endsAt: '0001-01-01T00:00:00Z',
          fingerprint: 'fp-checkout',
        },
      ],
    });
  });

  it('tells only what all alerts share as common, and ends them', async () => {
    const ended = createFacts({ state: 'resolved', ended_at_ms: startMs + 42_000 });
    const other = { ...ended, labels: { ...ended.labels, workload: 'netns/payments' } };
    await create().send(firing({ operation: 'edit', purpose: 'resolved', alerts: [ended, other] }), signal());
    const body = JSON.parse(sink.requests[0]?.body ?? '') as { commonLabels: object; alerts: object[] };
    expect(body).toMatchObject({ status: 'resolved' });
    expect(body.commonLabels).not.toHaveProperty('workload');
    expect(body.alerts).toMatchObject([{ endsAt: new Date(startMs + 42_000).toISOString() }, {}]);
  });

  it('posts a structured CloudEvent whose id is that of the message in every attempt', async () => {
    const notifier = create({ format: 'cloudevents' });
    await notifier.send(firing(), signal());
    await notifier.send(firing({ possibleRepeat: true }), signal());
    const [first, second] = sink.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(sink.requests[0]?.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    expect(first).toMatchObject({
      specversion: '1.0',
      id: 'g/root',
      source: '/notify/receivers/hook',
      type: 'io.saccade.message.v1',
      subject: 'g',
      data: { purpose: 'firing', message: { title: 'title' }, alerts: [{ state: 'firing' }] },
    });
    expect(second).toMatchObject({ id: 'g/root', data: { possible_repeat: true } });
  });

  it('signs time and body so that a receiver can verify both', async () => {
    await create({ secret_env: 'SECRET', token_env: 'TOKEN' }).send(firing(), signal());
    const [{ headers, body }] = sink.requests as [SinkRequest];
    const given = {
      timestamp: String(headers['saccade-timestamp']),
      signature: String(headers['saccade-signature']),
    };
    expect(headers['authorization']).toBe('Bearer bearer-1');
    expect(verifySignature(secret, given, body, startMs)).toBe(true);
    expect(verifySignature(secret, given, `${body} `, startMs)).toBe(false);
    expect(verifySignature('other', given, body, startMs)).toBe(false);
    expect(verifySignature(secret, { ...given, timestamp: '1' }, body, startMs)).toBe(false);
    expect(verifySignature(secret, given, body, startMs + 301_000)).toBe(false);
    expect(verifySignature(secret, { ...given, timestamp: 'x' }, body, startMs)).toBe(false);
  });

  const outcomes: readonly (readonly [SinkTrouble, object])[] = [
    [
      { kind: 'status', status: 429, retryAfter: '7' },
      { kind: 'retry-after', ms: 7_000 },
    ],
    [
      { kind: 'status', status: 503 },
      { kind: 'retry-after', ms: null },
    ],
    [
      { kind: 'status', status: 400 },
      { kind: 'refused', scope: 'message', reason: 'http_400' },
    ],
    [
      { kind: 'status', status: 401 },
      { kind: 'refused', scope: 'receiver', reason: 'http_401' },
    ],
    [
      { kind: 'status', status: 500 },
      { kind: 'unknown', reason: 'http_500' },
    ],
    [
      { kind: 'redirect', to: 'http://127.0.0.1:1/' },
      { kind: 'refused', scope: 'receiver' },
    ],
    [{ kind: 'garbage' }, { kind: 'unknown' }],
    [{ kind: 'reset' }, { kind: 'unknown' }],
    [{ kind: 'hang' }, { kind: 'unknown' }],
  ];
  it.each(outcomes)('understands %j', async (trouble, expected) => {
    sink.troubles.push(trouble);
    expect(
      await create({ timeout: trouble.kind === 'hang' ? '500ms' : '15s' }).send(firing(), signal()),
    ).toMatchObject(expected);
    expect(sink.requests).toHaveLength(1);
  });

  it('knows that a request which never left was not sent', async () => {
    const closed = await startHttpSink();
    const { url } = closed;
    await closed.stop();
    const notifier = create({ url });
    expect(await notifier.send(firing(), signal())).toMatchObject({ kind: 'retry-after' });
  });

  it('takes a secret address from its place and refuses what is none', async () => {
    expect(await create({ url: undefined, url_env: 'URL' }).send(firing(), signal())).toMatchObject({
      kind: 'sent',
    });
    for (const url_env of ['BAD', 'NOWHERE'])
      expect(await create({ url: undefined, url_env }).send(firing(), signal())).toMatchObject({
        kind: 'refused',
        scope: 'receiver',
      });
  });

  it('tells what is not of alerts as an alert about Saccade itself', async () => {
    const content = createContent({ tone: 'problem', title: 'Receiver "x" refuses', summary: '' });
    await create().send(createDelivery({ purpose: 'problem', content }), signal());
    expect(JSON.parse(sink.requests[0]?.body ?? '')).toMatchObject({
      alerts: [{ labels: { alertname: 'SaccadeProblem', severity: 'page', receiver: 'hook' } }],
    });
  });
});

it.each([
  [{}, 'give exactly one of url, url_file and url_env'],
  [{ url: 'http://x.example', url_env: 'A' }, 'give only one of url, url_file and url_env'],
  [{ url: 'ftp://x.example' }, 'not an http or https URL'],
  [
    { url: 'http://x.example', secret_env: 'A', secret_file: 'B' },
    'give only one of secret_file and secret_env',
  ],
])('refuses the configuration %j', (config, message) => {
  expect(webhookConfigSchema.safeParse(config).error?.issues.map((issue) => issue.message)).toContain(
    message,
  );
});
