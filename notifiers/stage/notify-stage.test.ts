import { describe, expect, it } from 'vitest';
import { createOpposite, createTransition, startMs, tickEvent, transitionEvent } from '../testing/events.ts';
import { captureEvent } from '../testing/events.ts';
import { startScene } from '../testing/scene.ts';

const seconds = (count: number) => startMs + count * 1_000;

describe('the notify stage', () => {
  it('tells a new alert at once, with its evidence in the thread', async () => {
    const scene = await startScene();
    await scene.give('alerts', transitionEvent(createTransition()));
    expect(scene.told()).toEqual(['firing post', 'thread reply']);
    const [first, reply] = scene.oncall.deliveries;
    expect(first?.content.title).toBe('Notice: RetransmitSpike checkout → payments:443');
    expect(first?.content.summary).toBe('6.3 % of segments resent within 1 s, normally up to 0.2 %');
    expect(reply?.root).toEqual({ ts: '1' });
    expect(reply?.content.sections.map(({ title }) => title)).toEqual(['Why it fired', 'Sockets']);
  });

  it('updates in place and says so in the thread when a notice becomes a page', async () => {
    const scene = await startScene();
    await scene.give('alerts', transitionEvent(createTransition()));
    await scene.give(
      'alerts',
      transitionEvent(createTransition({ seq: 3, level: 'page', at_ms: seconds(20) })),
    );
    expect(scene.told().slice(2)).toEqual(['escalation edit', 'thread reply']);
    const reply = scene.oncall.deliveries.at(-1);
    expect(reply?.broadcast).toBe(true);
    expect(reply?.content.title).toBe('Now a page: RetransmitSpike checkout → payments:443');
  });

  it('resolves in place with the duration and a line in the thread', async () => {
    const scene = await startScene();
    await scene.give('alerts', transitionEvent(createTransition()));
    const resolved = createTransition({ seq: 3, state: 'resolved', level: null, at_ms: seconds(42) });
    await scene.give('alerts', transitionEvent(resolved));
    expect(scene.told().slice(2)).toEqual(['resolved edit', 'thread reply']);
    expect(scene.oncall.deliveries[2]?.content.title).toBe(
      'Resolved after 42 s: RetransmitSpike checkout → payments:443',
    );
  });

  it('drops what it has seen, pending alerts and dry runs', async () => {
    const scene = await startScene();
    await scene.give('alerts', transitionEvent(createTransition({ seq: 1, state: 'pending', level: null })));
    await scene.give('alerts', transitionEvent(createTransition({ fingerprint: 'dry', dry_run: true })));
    expect(scene.told()).toEqual([]);
    await scene.give('alerts', transitionEvent(createTransition()), transitionEvent(createTransition()));
    expect(scene.told()).toEqual(['firing post', 'thread reply']);
    expect(scene.counts.get('seen')).toBe(1);
    expect(scene.counts.get('dry_run')).toBe(1);
  });

  it('makes one message of two-way loss and names both directions', async () => {
    const scene = await startScene();
    await scene.give('alerts', transitionEvent(createTransition()));
    await scene.give('alerts', transitionEvent(createOpposite({ at_ms: seconds(0.3) })));
    expect(scene.told()).toEqual(['firing post', 'thread reply', 'update edit', 'thread reply']);
    const edit = scene.oncall.deliveries[2];
    expect(edit?.content.title).toBe('Notice: RetransmitSpike checkout ⇄ payments:443, both directions');
    expect(edit?.content.summary).toContain('checkout → payments:443: 6.3 %');
    expect(edit?.content.summary).toContain('payments → checkout: 5 %');
  });

  it('names the way that is cut as soon as the first packets show it', async () => {
    const scene = await startScene();
    const fields = { data_segments: 20, retransmits: 8, rto: 8, stalled_sockets: 4 };
    await scene.give('alerts', transitionEvent(createTransition({ fields })));
    await scene.give('alerts', transitionEvent(createOpposite({ fields, at_ms: seconds(0.3) })));
    expect(scene.oncall.deliveries.at(-2)?.content.title).toBe(
      'Notice: RetransmitSpike checkout ⇄ payments:443',
    );
    const { data } = captureEvent(seconds(2));
    const summary = data.summary && { ...data.summary, lost_way: 'to_peer' as const };
    await scene.give('captures', captureEvent(seconds(2), { phase: 'following', summary }));
    expect(scene.oncall.deliveries.at(-1)).toMatchObject({
      operation: 'edit',
      content: { title: 'Notice: RetransmitSpike checkout → payments:443' },
    });
  });

  it('knows the other end also where one side looked it up by a name', async () => {
    const scene = await startScene();
    const peer = {
      kind: 'external',
      name: 'pay.example.com',
      workload: 'netns/payments',
      ip: '192.0.2.7',
    } as const;
    await scene.give(
      'alerts',
      transitionEvent(createTransition({ peer })),
      transitionEvent(createOpposite()),
    );
    expect(scene.told().filter((one) => one === 'firing post')).toHaveLength(1);
    expect(scene.oncall.deliveries.find(({ operation }) => operation === 'edit')?.content.title).toContain(
      'both directions',
    );
  });

  it('goes on in one thread when a peer gets its name late', async () => {
    const scene = await startScene();
    const unnamed = { kind: 'external', name: '203.0.113.9', ip: '203.0.113.9' } as const;
    await scene.give('alerts', transitionEvent(createTransition({ peer: unnamed })));
    const peer = { ...unnamed, name: 'api.example.com' };
    await scene.give(
      'alerts',
      transitionEvent(createTransition({ seq: 3, level: 'page', at_ms: seconds(20), peer })),
    );
    expect(scene.told().slice(2)).toEqual(['escalation edit', 'thread reply']);
    expect(scene.oncall.deliveries.at(-1)?.content.title).toContain('checkout → api.example.com');
  });

  it('stays open until the last direction has ended', async () => {
    const scene = await startScene();
    await scene.give('alerts', transitionEvent(createTransition()), transitionEvent(createOpposite()));
    const end = { seq: 3, state: 'resolved', level: null, at_ms: seconds(9) } as const;
    await scene.give('alerts', transitionEvent(createTransition(end)));
    expect(scene.told().filter((one) => one.startsWith('resolved'))).toEqual([]);
    await scene.give('alerts', transitionEvent(createOpposite({ ...end, at_ms: seconds(12) })));
    expect(scene.told().filter((one) => one.startsWith('resolved'))).toEqual(['resolved edit']);
  });

  it('posts anew when the same path fails again after it was resolved', async () => {
    const scene = await startScene();
    await scene.give('alerts', transitionEvent(createTransition()));
    await scene.give(
      'alerts',
      transitionEvent(createTransition({ seq: 3, state: 'resolved', at_ms: seconds(5) })),
    );
    await scene.give('alerts', transitionEvent(createTransition({ episode: 2, at_ms: seconds(8) })));
    expect(scene.told().filter((one) => one === 'firing post')).toHaveLength(2);
  });

  it('shows new figures at most once a group interval', async () => {
    const scene = await startScene();
    await scene.give('alerts', transitionEvent(createTransition()));
    const update = (seq: number, at: number) =>
      transitionEvent(createTransition({ seq, update: true, value: seq / 100, at_ms: seconds(at) }));
    await scene.give('alerts', update(3, 1), update(4, 2), update(5, 3), tickEvent(seconds(3.2)));
    expect(scene.told()).toHaveLength(2);
    await scene.give('alerts', tickEvent(seconds(5)));
    expect(scene.told().slice(2)).toEqual(['update edit']);
    expect(scene.oncall.deliveries[2]?.content.summary).toMatch(/^5 % of segments/u);
  });

  it('adds the packets to the thread, also after the alert has ended', async () => {
    const scene = await startScene();
    await scene.give('alerts', transitionEvent(createTransition()));
    await scene.give(
      'alerts',
      transitionEvent(createTransition({ seq: 3, state: 'resolved', at_ms: seconds(5) })),
    );
    await scene.give('captures', captureEvent(seconds(21)));
    expect(scene.told().slice(4)).toEqual(['update edit', 'thread reply']);
    const reply = scene.oncall.deliveries.at(-1);
    expect(reply?.content.title).toBe('Packets of checkout ↔ payments');
    expect(reply?.content.actions[0]?.command).toBe('saccade captures get cap-1 cap-1.pcapng');
    const cause = scene.oncall.deliveries[4]?.content.facts.find(({ name }) => name === 'Likely cause');
    expect(cause?.value).toBe('packets towards payments get lost: 60 of 1000 resent, 120 duplicate ACKs');
  });

  it('quotes names in commands, because people paste them', async () => {
    const scene = await startScene();
    const subject = { cluster: 'c1', node: 'n1', namespace: '', workload: "netns/$(reboot)'x" };
    await scene.give('alerts', transitionEvent(createTransition({ subject })));
    const silence = scene.oncall.deliveries[0]?.content.actions.find(({ label }) => label === 'Silence');
    expect(silence?.command).toBe(`saccade silences add 'workload=netns/$(reboot)'\\''x' --duration 1h`);
  });

  it('waits for group_wait, and says nothing of what ends before', async () => {
    const config = `
route: {receiver: oncall, group_wait: 2s}
receivers: [{name: oncall, terminal: }]`;
    const scene = await startScene({ config });
    await scene.give('alerts', transitionEvent(createTransition()), tickEvent(seconds(1.9)));
    expect(scene.told()).toEqual([]);
    await scene.give('alerts', tickEvent(seconds(2)));
    expect(scene.told()[0]).toBe('firing post');
    await scene.give('alerts', transitionEvent(createOpposite({ episode: 3, service_port: 80 })));
    await scene.give(
      'alerts',
      transitionEvent(createOpposite({ episode: 3, service_port: 80, seq: 3, state: 'resolved' })),
    );
    await scene.give('alerts', tickEvent(seconds(10)));
    expect(scene.told().filter((one) => one === 'firing post')).toHaveLength(1);
  });

  it('repeats what still fires', async () => {
    const config = `
route: {receiver: oncall, repeat_interval: 1h}
receivers: [{name: oncall, terminal: {}}]`;
    const scene = await startScene({ config });
    await scene.give('alerts', transitionEvent(createTransition()));
    await scene.give(
      'alerts',
      tickEvent(seconds(3_599)),
      tickEvent(seconds(3_600)),
      tickEvent(seconds(3_601)),
    );
    const loud = scene.oncall.deliveries.filter(({ broadcast }) => broadcast);
    expect(loud.map(({ content }) => content.title)).toEqual([
      'Still firing: Notice: RetransmitSpike checkout → payments:443',
    ]);
  });
});
