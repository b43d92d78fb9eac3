import { describe, it } from 'vitest';
import { whyNoLab } from '../lab/lab-support.ts';
import { type Rig, startRig } from '../timeline/rig.ts';
import { pair, requests } from './traffic.ts';

const forth = /checkout-\S+ → payments-/;
const back = /payments-\S+ → checkout-/;
const outage = { kind: 'outage' } as const;
/** The first line of a message. */
const titled = (path: string): RegExp => new RegExp(`^[^\\n]*RetransmitSpike ${path}`);
const bothWays = 'checkout-\\S+ ⇄ payments-\\S+ both directions';

/** Nothing passes, or nothing large. Each is titled with the way that is cut. */
async function stageCuts(rig: Rig): Promise<void> {
  const there = await rig.scene('nothing gets to the server', pair, requests());
  there.between(0, 12).wantNothing();
  there.at(12).inflict('payments', outage, { from: 'checkout' });
  there.between(12, 24).wantPage(titled('checkout-\\S+ → payments-'));
  there.between(20, 40).wantNoEnd();
  there.between(30, 100).wantSaid('loss on the way to the peer');
  there.at(40).heal('payments');
  there.between(40, 110).wantResolved(titled('checkout-\\S+ → payments-'));
  there.between(0, 60).wantMessages(1);

  const answers = await rig.scene('nothing gets back', pair, requests());
  answers.at(12).inflict('checkout', outage, { from: 'payments' });
  answers.between(12, 24).wantPage(titled('payments-\\S+ → checkout-'));
  answers.at(40).heal('checkout');
  answers.between(40, 110).wantResolved(back);
  answers.between(0, 60).wantMessages(1);

  const nothing = await rig.scene('nothing passes at all', pair, requests());
  nothing.at(12).inflict('payments', outage, { from: 'checkout' });
  nothing.at(12).inflict('checkout', outage, { from: 'payments' });
  nothing.between(12, 24).wantPage(/checkout-\S+ ⇄ payments-/);
  // Of both ends the whole capture is needed, and captures wait for each other.
  nothing.between(30, 110).wantSaid(titled(bothWays));
  nothing.at(50).heal('payments');
  nothing.at(50).heal('checkout');
  nothing.between(50, 110).wantResolved(titled(bothWays));
  nothing.between(0, 60).wantMessages(1);

  const hole = await rig.scene(
    'large packets vanish',
    pair,
    requests({ connections: 3, rate: 20, requestBytes: 3_000 }),
  );
  hole.between(0, 12).wantNothing();
  hole.at(12).inflict('payments', { kind: 'mtu-black-hole', bytes: 1000 }, { from: 'checkout' });
  hole.between(12, 30).wantPage(forth);
  hole.between(12, 100).wantSaid('MTU black hole');
  hole.at(40).heal('payments');
  hole.between(40, 110).wantResolved(forth);
  hole.between(0, 60).wantMessages(1);
}

describe.skipIf(whyNoLab() !== undefined)('ways that are cut', () => {
  it('are named, whoever else sends again', { timeout: 240_000 }, async () => {
    await using rig = await startRig({ learn: '8s' });
    await stageCuts(rig);
    await rig.play();
  });
});
