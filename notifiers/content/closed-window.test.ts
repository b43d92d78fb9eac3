import { describe, expect, it } from 'vitest';
import { createView } from '../testing/delivery.ts';
import { captureEvent, createTransition, startMs } from '../testing/events.ts';
import { describeGroup } from './describe-group.ts';

const paging = createTransition({ level: 'page' });
const notReading = createView({
  transition: createTransition({
    fingerprint: 'fp-window',
    alert: 'ReceiverNotReading',
    measure: 'zero_window_sockets',
    value: 1,
    baseline: null,
  }),
});
const causeOf = (content: ReturnType<typeof describeGroup>) =>
  content.facts.find(({ name }) => name === 'Likely cause')?.value;

describe('loss that is none: the peer does not read', () => {
  it('is said in title and cause as soon as the first packets show it', () => {
    const content = describeGroup([createView({ transition: paging, isPeerShut: true })]);
    expect(content.title).toBe('PAGE: RetransmitSpike checkout → payments:443, which does not read');
    expect(causeOf(content)).toMatch(/^payments does not read: its receive window is closed/u);
    expect(describeGroup([createView({ transition: paging })]).title).not.toContain('does not read');
  });

  it('is not said any more where all packets show something else', () => {
    const { data } = captureEvent(startMs);
    const content = describeGroup([createView({ transition: paging, isPeerShut: true, captures: [data] })]);
    expect(content.title).toBe('PAGE: RetransmitSpike checkout → payments:443');
  });

  it('is the alert that stands for the message once it speaks, and the page stays one', () => {
    const views = [createView({ transition: paging, isPeerShut: true }), notReading];
    expect(describeGroup(views).title).toBe('PAGE: ReceiverNotReading checkout → payments:443');
  });

  it('leaves the loss of another path what it is', () => {
    const other = createTransition({
      fingerprint: 'fp-search',
      level: 'page',
      subject: { cluster: 'c1', node: 'n1', namespace: '', workload: 'netns/search' },
    });
    expect(describeGroup([createView({ transition: other }), notReading]).title).toContain(
      'RetransmitSpike search → payments:443',
    );
  });
});
