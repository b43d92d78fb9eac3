import { describe, expect, it } from 'vitest';
import type { ChannelEvent } from './slack/channel.ts';
import { namesLab, troublesOf } from './trouble.ts';

const event = (atMs: number, kind: ChannelEvent['kind'], root: string, text: string): ChannelEvent => ({
  atMs,
  kind,
  root,
  message: { text },
});

describe('troublesOf', () => {
  it('follows a message through its life', () => {
    const events = [
      event(100, 'post', '1', 'Notice: Spike checkout-7 → payments-7:8080'),
      event(110, 'post', '2', 'PAGE: Spike checkout-8 → payments-8:8080'),
      event(120, 'edit', '1', 'PAGE: Spike checkout-7 → payments-7:8080'),
      event(130, 'reply', '1', 'Packets'),
      event(150, 'edit', '1', 'Resolved after 2 s: Spike checkout-7 → payments-7:8080'),
    ];
    expect(troublesOf(events, namesLab('7'))).toEqual([
      {
        root: '1',
        title: 'Resolved after 2 s: Spike checkout-7 → payments-7:8080',
        firstTitle: 'Notice: Spike checkout-7 → payments-7:8080',
        noticedAtMs: 100,
        pagedAtMs: 120,
        resolvedAtMs: 150,
        message: { text: 'Resolved after 2 s: Spike checkout-7 → payments-7:8080' },
        replies: [{ text: 'Packets' }],
        says: events
          .filter(({ root }) => root === '1')
          .map(({ message }) => message.text)
          .join('\n'),
      },
    ]);
  });

  it('takes no lab for another whose id begins the same', () => {
    expect(namesLab('71')('checkout-71 → payments-71:8080')).toBe(true);
    expect(namesLab('7')('checkout-71 → payments-71:8080')).toBe(false);
    expect(namesLab('71')('checkout-71-2 → payments-71-2:8080')).toBe(false);
  });
});
