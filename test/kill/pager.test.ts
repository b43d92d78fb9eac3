import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../engine/testing/signal-script.ts';
import { openHistoryReader } from '../../history/history-reader.ts';
import { notificationIdOf } from '../../notifiers/slack/metadata.ts';
import { systemClock } from '../../stream/clock.ts';
import type { CloudEvent } from '../../stream/cloud-event.ts';
import { openEmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { faultPoints } from '../../stream/embedded/fault-points.ts';
import { transitionType } from '../../stream/events/transition.ts';
import type { Topic } from '../../stream/port.ts';
import { FakeSlack } from '../fakes/slack/fake-slack.ts';
import { live, type Death, type Life } from './mortal-process.ts';
import { pagerSteps } from './pager-input.ts';

const program = fileURLToPath(new URL('pager-process.ts', import.meta.url));
const random = seededRandom(51);
const startMs = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;

/** One Saccade with its data and its Slack, through all its lives. */
class Patient {
  readonly slack = new FakeSlack();
  readonly #directory = mkdtempSync(join(tmpdir(), 'saccade-kill-'));
  #acknowledged = 0;
  kills = 0;

  get path(): string {
    return join(this.#directory, 'log.db');
  }

  async live(death: Death, until = pagerSteps): Promise<Life> {
    const input = {
      path: this.path,
      from: this.#acknowledged,
      until,
      startMs,
      notifications: this.#config(),
    };
    const life = await live({ program, input, death, timeoutMs: 60_000 });
    this.#acknowledged = life.acknowledged;
    if (life.killed) this.kills += 1;
    return life;
  }

  events(topic: Topic): readonly CloudEvent[] {
    const log = openEmbeddedLog({ path: this.path, clock: systemClock });
    const entries = log.records.read([topic], 0, 10_000_000);
    log.close();
    return entries.flatMap((entry) => (entry.kind === 'record' ? [entry.record.event] : []));
  }

  transitions(): readonly CloudEvent[] {
    return this.events('alerts').filter(({ type }) => type === transitionType);
  }

  async dispose(): Promise<void> {
    await this.slack.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #config(): string {
    return JSON.stringify({
      route: { receiver: 'slack' },
      max_notifications: '1000/h',
      receivers: [
        {
          name: 'slack',
          slack: { channel: 'C0000000001', token_env: 'SLACK_TOKEN', api_url: this.slack.url },
        },
      ],
    });
  }
}

describe('kill -9 of judge and notify', () => {
  const healthy = new Patient();
  const mortal = new Patient();
  beforeAll(async () => {
    process.env['SLACK_TOKEN'] = healthy.slack.token;
    await Promise.all([healthy.slack.start(), mortal.slack.start()]);
  });
  afterAll(() => Promise.all([healthy.dispose(), mortal.dispose()]));

  it('pages and resolves when it is left alone', { timeout: 180_000 }, async () => {
    expect(await healthy.live({ kind: 'none' })).toMatchObject({ exitCode: 0, errors: '' });
    expect(healthy.events('dead')).toEqual([]);
    expect(healthy.slack.messages()).not.toHaveLength(0);
  });

  it(
    'again and again, at points, at any moment, and between a request and its answer',
    { timeout: 300_000 },
    async () => {
      // Spread over the whole story: each may append only so much before it ends in another way.
      for (const [n, death] of createDeaths(mortal.slack).entries()) {
        const until = Math.ceil(((n + 1) / deaths) * pagerSteps);
        expect(await mortal.live(death, until)).toMatchObject({ errors: '' });
      }
      expect(mortal.kills).toBeGreaterThan(deaths / 2);
    },
  );

  it('loses no transition and doubles no message', { timeout: 180_000 }, async () => {
    expect(await mortal.live({ kind: 'none' })).toMatchObject({ exitCode: 0, errors: '' });
    expect(mortal.events('dead')).toEqual([]);
    expect(mortal.transitions()).toEqual(healthy.transitions());
    expect(historyOf(mortal)).toEqual(historyOf(healthy));
    const sent = mortal.slack.workspace.messages.map((message) => notificationIdOf(message));
    expect(new Set(sent).size).toBe(sent.length);
    expect(rootTexts(mortal.slack)).toEqual(rootTexts(healthy.slack));
  });
});

const deaths = 45;

function createDeaths(slack: FakeSlack): readonly Death[] {
  return Array.from({ length: deaths }, (_, n): Death => {
    const point = faultPoints[Math.floor(n / 3) % faultPoints.length] ?? 'commit:done';
    if (n % 3 === 0) return { kind: 'point', point, passage: 1 + Math.floor(random() * 30) };
    if (n % 3 === 1) return { kind: 'after', ms: random() * 60 };
    return createUnansweredDeath(slack);
  });
}

/** The receiver takes the message, and the sender dies before it learns of it. */
function createUnansweredDeath(slack: FakeSlack): Death {
  let before: number | undefined;
  return {
    kind: 'when',
    happened: () => {
      if (before === undefined) {
        before = slack.requests.length;
        slack.trouble('chat.postMessage', { kind: 'hang-after-accept' });
      }
      return slack.requests.slice(before).some(({ method }) => method === 'chat.postMessage');
    },
  };
}

function rootTexts(slack: FakeSlack): readonly string[] {
  return slack.messages().map(({ text }) => text);
}

function historyOf({ path }: Patient): readonly unknown[] {
  using reader = openHistoryReader(path);
  return reader.listAlerts({ state: 'all' }).map((alert) => {
    const lookup = reader.getAlert(alert.id);
    return [alert, lookup.kind === 'found' ? lookup.detail.transitions : lookup.kind];
  });
}
