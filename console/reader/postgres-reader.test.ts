import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { migratePostgres } from '../../history/postgres/migrate-postgres.ts';
import { createPostgresRecorder } from '../../history/postgres/postgres-recorder.ts';
import type { AlertPage } from '../../history/search-alerts.ts';
import { HistoryScene } from '../../history/testing/history-scene.ts';
import { type PostgresServer, startPostgres } from '../../history/testing/postgres-server.ts';
import {
  capture,
  envelope,
  fingerprint,
  fiveAlerts,
  notification,
  observations,
  request,
  startMs,
  transition,
} from '../../history/testing/sample-events.ts';
import { captureRequestedType, captureType } from '../../stream/events/capture.ts';
import { acknowledgedType, type Audit, auditType, verdictGivenType } from '../../stream/events/control.ts';
import { alertAnnotatedType } from '../../stream/events/function.ts';
import { notificationType } from '../../stream/events/notification.ts';
import { silentLogger } from '../../stream/stream-logger.ts';
import type { ConsoleReader, QueryName, Question } from './console-reader.ts';
import { createDirectReader } from './direct-reader.ts';
import { createPostgresConsoleReader } from './postgres-reader.ts';

const hourMs = 3_600_000;
const window = { sinceMs: startMs - hourMs, untilMs: startMs + 5 * hourMs };

const cleanUp = new AsyncDisposableStack();
let server: PostgresServer;
let scene: HistoryScene;
let lite: ConsoleReader;
let postgres: ConsoleReader;

beforeAll(async () => {
  server = cleanUp.use(await startPostgres());
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await migratePostgres(client);
  await client.end();
  scene = new HistoryScene();
  cleanUp.defer(() => scene.dispose());
  await tellAStory();
  const recorder = createPostgresRecorder({
    log: scene.log,
    url: () => Promise.resolve(server.url),
    recorder: 'test',
    limits: { maxSeries: 1_000 },
    logger: silentLogger,
    onFatal: (error) => {
      throw error;
    },
  });
  recorder.start();
  await vi.waitFor(() => expect(recorder.lag()).toBe(0), { timeout: 60_000 });
  await recorder.stop();
  lite = createDirectReader(scene.log.database);
  postgres = createPostgresConsoleReader({ url: () => Promise.resolve(server.url) });
  cleanUp.defer(async () => {
    await Promise.all([lite.close(), postgres.close()]);
  });
}, 120_000);
afterAll(() => cleanUp.disposeAsync(), 60_000);

/** Five alerts, and another one with all that may belong to one. */
async function tellAStory(): Promise<void> {
  scene.nowMs = startMs + 5 * hourMs;
  await scene.append('alerts', ...fiveAlerts());
  await scene.append(
    'alerts',
    transition({ seq: 1 }),
    transition({ seq: 2, state: 'firing', level: 'page', fired_at_ms: startMs + 100, at_ms: startMs + 100 }),
    transition({
      seq: 3,
      state: 'firing',
      level: 'notice',
      fired_at_ms: startMs + 100,
      at_ms: startMs + 200,
    }),
    envelope(acknowledgedType, { fingerprint, episode: 1, by: 'ada' }),
    envelope(verdictGivenType, { fingerprint, episode: 1, verdict: 'useful', by: 'ada' }),
    envelope(alertAnnotatedType, { fingerprint, episode: 1, annotations: { owner: 'shop' }, by: 'owner' }),
    envelope(auditType, {
      by: 'ada',
      role: 'responder',
      action: 'silence.add',
      target: 's1',
      outcome: 'done',
      detail: '',
      address: '192.0.2.1',
    } satisfies Audit),
  );
  await scene.append('notifications', envelope(notificationType, notification));
  await scene.append('captures', envelope(captureRequestedType, request), envelope(captureType, capture));
  for (let second = 0; second < 90; second += 1)
    await scene.append(
      'signals',
      observations(startMs + second * 1_000, { retransmits: second % 7, data_segments: 100 }),
      observations(startMs + second * 1_000, { retransmits: 1, data_segments: 10 }, 'netns/cart'),
    );
}

type Case = { readonly [N in QueryName]: readonly [N, Question<N>] }[QueryName];
const retransmits = { signal: 'tcp.retransmits', measure: 'retransmit_ratio', ...window };
const cases: readonly Case[] = [
  ['searchAlerts', {}],
  ['searchAlerts', { state: 'all', limit: 2 }],
  ['searchAlerts', { state: 'open' }],
  ['searchAlerts', { state: 'cancelled' }],
  ['searchAlerts', { state: 'resolved', namespace: 'bank' }],
  ['searchAlerts', { level: 'page', dryRun: false }],
  ['searchAlerts', { ruleId: 'dns-failures', peer: 'api.example.com' }],
  ['searchAlerts', { workload: 'netns/cart' }],
  ['searchAlerts', { verdict: 'useful' }],
  ['searchAlerts', { verdict: 'none', sinceMs: startMs + hourMs, untilMs: startMs + 4 * hourMs }],
  ['searchAlerts', { text: 'dns fail' }],
  ['searchAlerts', { text: 'CART' }],
  ['searchAlerts', { text: 'exam che', state: 'open' }],
  ['searchAlerts', { text: 'deploymex' }],
  ['searchAlerts', { text: "'; DROP TABLE alerts; --" }],
  ['searchAlerts', { text: '3a1c02' }],
  ['searchAlerts', { text: '3a1c02de-1' }],
  ['getAlert', fingerprint.slice(0, 6)],
  ['getAlert', `${fingerprint}-1`],
  ['getAlert', '0000'],
  ['getAlert', ''],
  ['alertSeries', { reference: fingerprint, nowMs: startMs + 60_000 }],
  ['countByDay', window],
  ['precisionByRule', window],
  ['guardHits', { ruleId: 'tcp-retransmit-spike' }],
  ['listCaptures', {}],
  ['listCaptures', { phase: 'complete', fingerprint }],
  ['getCapture', 'cap-1'],
  ['getCapture', 'ca'],
  ['getCapture', 'x'],
  ['listAudit', {}],
  ['listAudit', { by: 'bob' }],
  ['lifeSigns', { sinceMs: startMs }],
  ['seriesChoices', {}],
  ['seriesChoices', { workload: 'netns/cart', servicePort: 443, role: 'client', peerKind: 'external' }],
  ['explore', { ...retransmits, groupBy: ['workload'] }],
  ['explore', { ...retransmits, groupBy: [], namespace: 'shop' }],
  ['trafficMap', window],
  ['listDestinations', { nowMs: startMs, limit: 10 }],
  ['listNamespaces', {}],
];

const askBoth = async <N extends QueryName>(
  name: N,
  question: Question<N>,
  visible?: readonly string[],
): Promise<readonly unknown[]> => [
  await postgres.ask(name, question, visible),
  await lite.ask(name, question, visible),
];

describe('the console over PostgreSQL', () => {
  it.each(cases)('answers %s of %j as over SQLite', async (name, question) => {
    const [answer, expected] = await askBoth(name, question);
    expect(answer).toEqual(expected);
  });

  it.each(cases)(
    'answers %s of %j as over SQLite for who sees one namespace only',
    async (name, question) => {
      const [answer, expected] = await askBoth(name, question, ['bank']);
      expect(answer).toEqual(expected);
    },
  );

  it.each([{}, { text: 'checkout' }])('turns pages of %j without loss or repeat', async (search) => {
    const seen: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const page: AlertPage = await postgres.ask('searchAlerts', { ...search, cursor, limit: 2 });
      seen.push(...page.alerts.map(({ id }) => id));
      cursor = page.next ?? undefined;
    }
    const { alerts } = await lite.ask('searchAlerts', search);
    expect(seen).toEqual(alerts.map(({ id }) => id));
  });

  it('says that it cannot read while the database is away', async () => {
    await server.kill();
    await expect(postgres.ask('searchAlerts', {})).rejects.toMatchObject({ status: 503 });
    await server.restart();
    expect((await postgres.ask('searchAlerts', {})).alerts).toHaveLength(5);
  });
});
