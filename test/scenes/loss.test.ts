import { describe, it } from 'vitest';
import { burst, ramp } from '../lab/fault-schedule.ts';
import { whyNoLab } from '../lab/lab-support.ts';
import { type Rig, startRig } from '../timeline/rig.ts';
import { pair, requests, sendBulk } from './traffic.ts';

const fromCheckout = { from: 'checkout' };
const forth = /checkout-\S+ → payments-/;
const back = /payments-\S+ → checkout-/;
const towardsPeer = /loss on the way to the peer/;

/** From faint to heavy, over all that carries requests. Each is one thread from its first word to its end. */
async function stageShares(rig: Rig): Promise<void> {
  const faint = await rig.scene('1 % loss', pair, requests());
  // Some 10,000 clean segments, and one of a hundred is told from chance.
  faint.between(0, 34).wantNothing();
  faint.at(34).lose('payments', 1, fromCheckout);
  faint.between(34, 76).wantNotice(forth);
  faint.between(34, 100).wantPage(forth);

  const heavy = await rig.scene('30 % loss', pair, requests());
  heavy.at(18).lose('payments', 30, fromCheckout);
  heavy.between(18, 32).wantPage(forth);
  heavy.at(40).heal('payments');
  heavy.between(66, 100).wantResolved(forth);
  heavy.between(0, 100).wantMessages(1);

  const mapped = await rig.scene('5 % loss, v4-mapped, connections of four requests', pair, async (scene) => {
    const target = `::ffff:${scene.host('payments').address4}`;
    await requests({ target, family: 6, requestsPerConnection: 4 })(scene);
  });
  mapped.at(20).lose('payments', 5, fromCheckout);
  mapped.between(20, 40).wantPage(forth);

  const seldom = await rig.scene(
    'a request a second, 30 % lost',
    pair,
    requests({ connections: 1, rate: 1 }),
  );
  seldom.at(16).lose('payments', 30, fromCheckout);
  seldom.between(16, 80).wantPage(forth);

  const large = await rig.scene(
    '1 MB/s over IPv6',
    pair,
    requests({ family: 6, connections: 1, rate: 64, requestBytes: 16_384 }),
  );
  large.at(24).lose('payments', 5, fromCheckout);
  large.between(24, 36).wantPage(forth);
  large.between(24, 90).wantSaid(towardsPeer);
}

async function stageCourses(rig: Rig): Promise<void> {
  const answers = await rig.scene('only answers are lost', pair, requests());
  answers.at(17).lose('checkout', 8, { from: 'payments' });
  answers.between(17, 37).wantPage(back);
  answers.between(17, 95).wantSaid(towardsPeer);
  answers.at(45).heal('checkout');
  answers.between(71, 100).wantResolved(back);
  answers.between(0, 100).wantMessages(1);

  const rising = await rig.scene('loss that rises', pair, requests());
  const course = { fromPercent: 0.2, toPercent: 12, durationMs: 24_000, steps: 24 };
  rising
    .at(16)
    .do('from 0.2 % to 12 %', () => ramp(rising.host('payments'), course, { from: rising.host('checkout') }));
  rising.between(16, 44).wantPage(forth);
  rising.between(66, 100).wantResolved(forth);
  rising.between(0, 100).wantMessages(1);

  const brief = await rig.scene('half a second of 30 %', pair, requests());
  brief
    .at(26)
    .do('a burst', () =>
      burst(brief.host('payments'), { kind: 'loss', percent: 30 }, 500, { from: brief.host('checkout') }),
    );
  brief.between(26, 40).wantNotice(forth);
  brief.between(26, 90).wantSaid('from before the alert');
  brief.between(54, 100).wantResolved(forth);
  brief.between(0, 100).wantMessages(1);

  const busy = await rig.scene('loss beside a bulk transfer', pair, requests());
  busy.at(14).do('a bulk transfer begins', () => Promise.resolve(sendBulk(busy, 40, '200M')));
  busy.between(0, 28).wantNothing();
  busy.at(28).lose('payments', 5, fromCheckout);
  busy.between(28, 48).wantPage(forth);
  busy.between(28, 100).wantSaid('from before the alert');
}

describe.skipIf(whyNoLab() !== undefined)('loss of every share and course', () => {
  it('is told once, by its direction, and ends soon after', { timeout: 240_000 }, async () => {
    await using rig = await startRig({ learn: '8s' });
    await stageShares(rig);
    await stageCourses(rig);
    await rig.play();
  });
});
