import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FakePagerduty } from '../../test/fakes/pagerduty/fake-pagerduty.ts';
import { startFakePagerduty } from '../../test/fakes/pagerduty/fake-pagerduty.ts';
import { createContent } from '../content/message-content.ts';
import { describeGroup } from '../content/describe-group.ts';
import { createDelivery, createFacts, createView } from '../testing/delivery.ts';
import { createHugeContent } from '../testing/hostile-content.ts';
import { pagerdutyConfigSchema } from './config-schema.ts';
import { createPagerdutyNotifier } from './pagerduty-notifier.ts';

let pagerduty: FakePagerduty;
beforeEach(async () => {
  pagerduty = await startFakePagerduty();
});
afterEach(() => pagerduty[Symbol.asyncDispose]());

const create = (settings: Record<string, unknown> = {}) =>
  createPagerdutyNotifier(
    pagerdutyConfigSchema.parse({
      routing_key_env: 'KEY',
      api_url: pagerduty.url,
      timeout: '5s',
      ...settings,
    }),
    {
      receiver: 'pd',
      environment: { KEY: pagerduty.routingKey },
      nowMs: Date.now,
      output: { write: () => true },
    },
  );
const signal = () => AbortSignal.timeout(15_000);
const firing = () => createDelivery({ content: describeGroup([createView()]), alerts: [createFacts()] });
const content = (tone: 'page' | 'resolved') => createContent({ tone, title: 'title', summary: '' });

describe('PagerDuty', () => {
  it('opens an incident, acknowledges it and resolves it, by one key', async () => {
    const notifier = create({ client_url: 'https://saccade.example.com/' });
    expect(await notifier.send(firing(), signal())).toEqual({
      kind: 'sent',
      receipt: { dedup_key: 'saccade-g' },
    });
    expect(pagerduty.incidents).toMatchObject([
      {
        dedupKey: 'saccade-g',
        status: 'triggered',
        payload: {
          severity: 'warning',
          source: 'netns/checkout',
          component: 'netns/payments',
          class: 'RetransmitSpike',
          custom_details: { From: 'netns/checkout on n1', Team: 'shop' },
        },
      },
    ]);
    expect(pagerduty.events[0]).toMatchObject({
      client_url: 'https://saccade.example.com/',
      links: [{ href: 'https://runbooks.example.com/tcp', text: 'Runbook' }],
    });
    const acknowledged = createFacts({ acknowledged_by: 'ada' });
    await notifier.send(
      createDelivery({ operation: 'edit', purpose: 'update', alerts: [acknowledged] }),
      signal(),
    );
    expect(pagerduty.incidents[0]?.status).toBe('acknowledged');
    const end = { operation: 'edit', purpose: 'resolved', content: content('resolved') } as const;
    await notifier.send(createDelivery(end), signal());
    expect(pagerduty.incidents.map(({ status }) => status)).toEqual(['resolved']);
  });

  it('keeps one incident whatever is repeated, and does not call it a repeat', async () => {
    const notifier = create({ timeout: '2s' });
    pagerduty.troubles.push({ kind: 'hang-after-accept' }, { kind: 'reset-after-accept' });
    for (let attempt = 0; attempt < 3; attempt += 1) await notifier.send(firing(), signal());
    expect(pagerduty.incidents).toMatchObject([{ triggers: 3, status: 'triggered' }]);
    expect(notifier.idempotent).toBe(true);
  });

  it('maps levels to the severities of the configuration', async () => {
    const notifier = create({ severity: { page: 'error', notice: 'info' } });
    await notifier.send(firing(), signal());
    await notifier.send(createDelivery({ groupId: 'h', content: content('page') }), signal());
    expect(pagerduty.incidents.map(({ payload }) => payload.severity)).toEqual(['info', 'error']);
  });

  it("opens one incident for a receiver's trouble and closes it when that is over", async () => {
    const notifier = create();
    const problem = { purpose: 'problem', group: 'problem slack' } as const;
    const trouble = createContent({ tone: 'problem', title: 'refuses', summary: '' });
    await notifier.send(createDelivery({ ...problem, groupId: 'a', content: trouble }), signal());
    await notifier.send(createDelivery({ ...problem, groupId: 'b', content: content('resolved') }), signal());
    expect(pagerduty.incidents.map(({ status }) => status)).toEqual(['resolved']);
  });

  it.each([
    [
      { kind: 'status', status: 429, retryAfterS: 9 },
      { kind: 'retry-after', ms: 9_000 },
    ],
    [{ kind: 'status', status: 500 }, { kind: 'unknown' }],
    [
      { kind: 'status', status: 400 },
      { kind: 'refused', scope: 'message' },
    ],
    [
      { kind: 'status', status: 403 },
      { kind: 'refused', scope: 'receiver' },
    ],
  ] as const)('understands %j', async (trouble, expected) => {
    pagerduty.troubles.push(trouble);
    expect(await create().send(firing(), signal())).toMatchObject(expected);
  });

  it('says which key is wrong without saying the key', async () => {
    pagerduty.keys.clear();
    expect(await create().send(firing(), signal())).toEqual({
      kind: 'refused',
      scope: 'receiver',
      reason: 'invalid_routing_key',
    });
  });

  it('stays within its limits', async () => {
    const alerts = Array.from({ length: 100 }, () =>
      createFacts({ labels: { workload: 'w'.repeat(20_000) } }),
    );
    await create().send(createDelivery({ content: createHugeContent(), alerts }), signal());
    expect(pagerduty.rejected).toEqual([]);
    expect(pagerduty.incidents[0]?.payload.summary).toMatch(/^.{1023}…$/u);
  });
});

it.each([
  [{}, 'give exactly one of routing_key_file and routing_key_env'],
  [{ routing_key_env: 'K', api_url: 'x' }, 'not an http or https URL'],
])('refuses the configuration %j', (config, message) => {
  expect(pagerdutyConfigSchema.safeParse(config).error?.issues.map((issue) => issue.message)).toContain(
    message,
  );
});
