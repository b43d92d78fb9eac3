import { describe, expect, it } from 'vitest';
import { createNotifiers } from './create-notifiers.ts';
import { parseNotifyConfig } from './config/notify-config.ts';
import { createDelivery } from './testing/delivery.ts';
import type { Notifier } from './notifier.ts';
import { withoutObservedThreads } from './observe.ts';

const text = (paging: string) => `
paging: ${paging}
route: { receiver: hook }
receivers:
  - { name: hook, webhook: { url: 'http://192.0.2.1:9/never' } }
  - { name: log, terminal: { colour: never } }
`;

function create(paging: string) {
  const parsed = parseNotifyConfig(text(paging), 'saccade.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const lines: string[] = [];
  const output = { write: (line: string) => lines.push(line) };
  const notifiers = createNotifiers(parsed.config, { environment: {}, nowMs: () => 0, output });
  return { notifiers, lines };
}

const { signal } = new AbortController();

describe('paging: observe', () => {
  it('tells the output whom it would have told, and nobody else', async () => {
    const { notifiers, lines } = create('observe');
    const delivery = createDelivery();
    expect(await notifiers.get('hook')?.send(delivery, signal)).toEqual({
      kind: 'sent',
      receipt: { observed: 'hook' },
    });
    expect(lines.join('')).toContain(`would have told hook: ${delivery.content.title}`);
  });

  it('leaves the terminal as it is', async () => {
    const { notifiers, lines } = create('observe');
    await notifiers.get('log')?.send(createDelivery(), signal);
    expect(lines.join('')).not.toContain('would have told');
  });

  it('leaves nothing to say, once it is over, of what nobody heard', async () => {
    let told = 0;
    const notifier: Notifier = {
      kind: 'slack',
      queueKey: 'slack',
      minGapMs: 0,
      send: async () => {
        told++;
        return { kind: 'sent', receipt: { ts: '1' } };
      },
    };
    const wrapped = withoutObservedThreads(notifier);
    const edit = { ...createDelivery(), operation: 'edit' as const };
    const observed = { observed: 'slack' };
    expect(await wrapped.send({ ...edit, root: observed }, signal)).toEqual({
      kind: 'sent',
      receipt: observed,
    });
    expect(told).toBe(0);
    await wrapped.send({ ...edit, root: { ts: '1' } }, signal);
    expect(told).toBe(1);
  });
});
