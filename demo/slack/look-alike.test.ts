import { expect, it } from 'vitest';
import { openChannel } from './look-alike.ts';

it('shows what was accepted, in order, by thread', async () => {
  await using channel = await openChannel();
  const call = async (method: string, fields: object): Promise<{ readonly ts?: string }> => {
    const response = await fetch(`${channel.apiUrl}${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${channel.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ channel: channel.channelId, ...fields }),
    });
    return (await response.json()) as { readonly ts?: string };
  };
  const { ts } = await call('chat.postMessage', { text: 'Notice: a' });
  await call('chat.postMessage', { text: 'elsewhere', channel: 'C0000000404' });
  await call('chat.postMessage', { text: 'packets', thread_ts: ts });
  const other = await call('chat.postMessage', { text: 'Notice: b' });
  await call('chat.update', { ts, text: 'PAGE: a' });

  const events = channel.events().map(({ kind, root, message }) => [kind, root, message.text]);
  expect(events).toEqual([
    ['post', ts, 'Notice: a'],
    ['reply', ts, 'packets'],
    ['post', other.ts, 'Notice: b'],
    ['edit', ts, 'PAGE: a'],
  ]);
});
