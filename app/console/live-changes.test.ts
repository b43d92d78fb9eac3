import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LiveChange } from '../../console/ports.ts';
import { HistoryScene } from '../../history/testing/history-scene.ts';
import { envelope, fingerprint, transition } from '../../history/testing/sample-events.ts';
import type { CloudEvent } from '../../stream/cloud-event.ts';
import { silenceAddedType } from '../../stream/events/control.ts';
import { followFile, followLog } from './follow-log.ts';
import { createLiveChanges, type FollowLog } from './live-changes.ts';

let scene: HistoryScene;
beforeEach(() => {
  scene = new HistoryScene();
});
afterEach(() => scene.dispose());

/** A log that fails when it is told to. */
function createFragileLog() {
  let begun = 0;
  let open: { handler: (event: CloudEvent) => void; fail: (error: Error) => void } | undefined;
  const follow: FollowLog = (handler, fail) => {
    begun += 1;
    open = { handler, fail };
    return {
      stop: async () => {
        open = undefined;
      },
    };
  };
  return { follow, begun: () => begun, open: () => open };
}

describe('live changes', () => {
  it.each([
    ['of this process', () => followLog(scene.log)],
    ['of another process', () => followFile(scene.path, 5)],
  ])('tell what happens in a log %s from now on, until nobody listens', async (_name, follow) => {
    await scene.append('alerts', transition({ seq: 1 }));
    const errors: Error[] = [];
    const live = createLiveChanges({ follow: follow(), onError: (error) => errors.push(error) });
    const seen: LiveChange[] = [];
    const leave = live.onChange((change) => seen.push(change));
    await scene.append('alerts', transition({ seq: 2, state: 'firing', level: 'page' }));
    await expect.poll(() => seen).toEqual([{ kind: 'alert', subject: fingerprint, namespace: 'shop' }]);
    leave();
    await scene.append('alerts', transition({ seq: 3, state: 'resolved', level: null }));
    expect(seen).toHaveLength(1);
    expect(errors).toEqual([]);
    await live.stop();
  });

  it('go on after the log could not be followed, as long as somebody listens', async () => {
    const log = createFragileLog();
    const errors: string[] = [];
    const live = createLiveChanges({
      follow: log.follow,
      onError: ({ message }) => errors.push(message),
      retryMs: 1,
    });
    const seen: LiveChange[] = [];
    const leave = live.onChange((change) => seen.push(change));
    log.open()?.fail(new Error('the disk was gone'));
    await expect.poll(() => log.begun()).toBe(2);
    log.open()?.handler(envelope(silenceAddedType, { id: 's1' }));
    expect(seen).toEqual([{ kind: 'silence', subject: 's1', namespace: null }]);
    leave();
    expect(log.open()).toBeUndefined();
    expect(errors).toEqual(['the disk was gone']);
    live.onChange(() => undefined);
    expect(log.begun()).toBe(3);
    await live.stop();
  });

  it('reach the others when one listener fails', async () => {
    const log = createFragileLog();
    const errors: string[] = [];
    const live = createLiveChanges({ follow: log.follow, onError: ({ message }) => errors.push(message) });
    const seen: LiveChange[] = [];
    live.onChange(() => {
      throw new Error('this page is gone');
    });
    live.onChange((change) => seen.push(change));
    log.open()?.handler(envelope(silenceAddedType, { id: 's1' }));
    expect(seen).toHaveLength(1);
    expect(errors).toEqual(['this page is gone']);
    await live.stop();
  });
});
