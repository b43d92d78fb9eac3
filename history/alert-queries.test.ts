import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { captureRequestedType, captureType } from '../stream/events/capture.ts';
import { acknowledgedType } from '../stream/events/control.ts';
import { alertAnnotatedType } from '../stream/events/function.ts';
import { notificationType } from '../stream/events/notification.ts';
import type { HistoryReader } from './history-reader.ts';
import { HistoryScene } from './testing/history-scene.ts';
import {
  capture,
  envelope,
  fingerprint,
  notification,
  request,
  startMs,
  subject,
  transition,
} from './testing/sample-events.ts';

let scene: HistoryScene;
beforeEach(() => {
  scene = new HistoryScene();
});
afterEach(() => scene.dispose());

const noted = (annotations: Readonly<Record<string, string>>) =>
  envelope(alertAnnotatedType, { fingerprint, episode: 1, annotations, by: 'owner' });

describe('alerts', () => {
  it('keeps what was noted of an episode, the later note of a name in the place of the earlier', async () => {
    await scene.append('alerts', transition({ seq: 1 }), noted({ owner: 'shop', ticket: 'T-1' }));
    await scene.append('alerts', transition({ seq: 2, state: 'firing' }), noted({ owner: 'payments' }));
    expect(scene.reader.listAlerts()[0]?.notes).toEqual({ owner: 'payments', ticket: 'T-1' });
  });

  it('bounds the notes of an episode', async () => {
    await scene.append('alerts', transition({ seq: 1 }));
    for (let n = 0; n < 30; n++) await scene.append('alerts', noted({ [`note${n}`]: 'x'.repeat(2_000) }));
    expect(JSON.stringify(scene.reader.listAlerts()[0]?.notes).length).toBeLessThan(30_000);
  });

  it('shows an episode with its transitions, notifications and captures', async () => {
    await scene.append('alerts', transition({ seq: 1 }));
    await scene.append(
      'alerts',
      transition({ seq: 2, state: 'firing', level: 'page', fired_at_ms: startMs + 100 }),
    );
    await scene.append('alerts', envelope(acknowledgedType, { fingerprint, episode: 1, by: 'ada' }));
    await scene.append('notifications', envelope(notificationType, notification));
    await scene.append(
      'notifications',
      envelope(notificationType, { ...notification, phase: 'sent', at_ms: startMs + 5 }),
    );
    await scene.append('captures', envelope(captureRequestedType, request), envelope(captureType, capture));
    await scene.append(
      'alerts',
      transition({
        seq: 3,
        at_ms: startMs + 60_000,
        state: 'resolved',
        level: null,
        fired_at_ms: startMs + 100,
      }),
    );

    const found = scene.reader.getAlert('3f9a1c02-1');
    expect(found).toMatchObject({
      kind: 'found',
      detail: {
        alert: {
          id: '3f9a1c02-1',
          state: 'resolved',
          peakLevel: 'page',
          firedAtMs: startMs + 100,
          endedAtMs: startMs + 60_000,
          acknowledgedBy: 'ada',
        },
        transitions: [{ state: 'pending' }, { state: 'firing' }, { state: 'resolved' }],
        notifications: [{ id: 'slack/g/1', phase: 'sent' }],
        captures: [{ id: 'cap-1', phase: 'complete', request, capture }],
      },
    });
    expect(scene.reader.getCapture('cap')).toMatchObject({ request, capture });
    expect(scene.reader.listCaptures({ phase: 'complete' })).toHaveLength(1);
    expect(scene.reader.listNotifications({ receiver: 'slack' })).toHaveLength(1);
  });

  it('takes a repeat, and one out of order, as what it is', async () => {
    await scene.append('alerts', transition({ seq: 2, state: 'firing', level: 'notice' }));
    await scene.append('alerts', transition({ seq: 2, state: 'firing', level: 'notice' }));
    await scene.append('alerts', transition({ seq: 1 }));
    expect(scene.reader.listAlerts()).toMatchObject([{ state: 'firing', peakLevel: 'notice' }]);
    expect(scene.reader.getAlert(fingerprint)).toMatchObject({
      detail: { transitions: [{ seq: 1 }, { seq: 2 }] },
    });
  });

  it('filters, and leaves out what never fired unless asked', async () => {
    await scene.append('alerts', transition({ state: 'firing', level: 'page' }));
    await scene.append('alerts', transition({ episode: 2, state: 'cancelled', started_at_ms: startMs + 1 }));
    await scene.append(
      'alerts',
      transition({ fingerprint: 'ffff', state: 'resolved', subject: { ...subject, namespace: 'bank' } }),
    );
    const ids = (filter: Parameters<HistoryReader['listAlerts']>[0]): readonly string[] =>
      scene.reader.listAlerts(filter).map(({ id }) => id);
    expect(ids({})).toEqual(['3f9a1c02-1', 'ffff-1']);
    expect(ids({ state: 'all' })).toEqual(['3f9a1c02-2', '3f9a1c02-1', 'ffff-1']);
    expect(ids({ state: 'open' })).toEqual(['3f9a1c02-1']);
    expect(ids({ namespace: 'bank' })).toEqual(['ffff-1']);
    expect(ids({ sinceMs: startMs + 1, state: 'all' })).toEqual(['3f9a1c02-2']);
    expect(ids({ limit: 1 })).toHaveLength(1);
  });

  it('says when a reference fits several or none', async () => {
    await scene.append('alerts', transition({ fingerprint: 'abc1' }), transition({ fingerprint: 'abc2' }));
    expect(scene.reader.getAlert('abc')).toEqual({ kind: 'ambiguous', ids: ['abc1-1', 'abc2-1'] });
    expect(scene.reader.getAlert('abc1')).toMatchObject({ kind: 'found' });
    expect(scene.reader.getAlert('abc1-7')).toEqual({ kind: 'none' });
    expect(scene.reader.getAlert('')).toEqual({ kind: 'none' });
  });
});
