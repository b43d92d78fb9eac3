import { expect, it } from 'vitest';
import { createTransition, transitionEvent } from '../testing/events.ts';
import { startMs } from '../testing/events.ts';
import { startScene } from '../testing/scene.ts';
import { createTerminalNotifier } from './terminal-notifier.ts';

it('reads like a log', async () => {
  let text = '';
  const output = { write: (more: string) => (text += more) };
  const context = { receiver: 'terminal', environment: {}, nowMs: () => startMs, output };
  const notifier = createTerminalNotifier({ colour: 'auto' }, context);
  const config = 'route: {receiver: terminal}\nreceivers: [{name: terminal, terminal: {}}]';
  const scene = await startScene({ config, notifiers: new Map([['terminal', notifier]]) });
  await scene.give('alerts', transitionEvent(createTransition()));
  await scene.give(
    'alerts',
    transitionEvent(createTransition({ seq: 3, state: 'resolved', at_ms: startMs + 42_000 })),
  );
  expect(text.split('\n')).toEqual([
    '03:00:00.000 ● Notice: RetransmitSpike checkout → payments:443',
    '               6.3 % of segments resent within 1 s, normally up to 0.2 %',
    '               From: netns/checkout on n1',
    '               To: netns/payments (192.0.2.7), port 443',
    '               Since: 2026-03-01 02:59:59 UTC',
    '               Worst: 8 % within 200 ms',
    '               Likely cause: packets of checkout or their ACKs get lost on the way (37 of 590 segments resent within 1 s: 35 by fast retransmit, 2 by time-out)',
    '               Team: shop',
    '               Explain: saccade explain fp-check-1',
    '               Silence: saccade silences add workload=netns/checkout --duration 1h',
    '               Runbook: https://runbooks.example.com/tcp',
    '03:00:00.000   ↳ · Evidence: checkout → payments:443',
    '                 since 2026-03-01 02:59:59 UTC',
    '                 Why it fired:',
    '                   37 of 590 is far outside of what this path shows.',
    '                   ✓ p 1e-12 < 1e-7',
    '                 Sockets:',
    '                   192.0.2.6:51234 → 192.0.2.7:443 ESTABLISHED, cwnd 2',
    '03:00:00.000 ✔ Resolved after 42 s: RetransmitSpike checkout → payments:443',
    '               at worst 8 % of segments resent within 200 ms, normally up to 0.2 %; resolved after 42 s',
    '',
  ]);
});
