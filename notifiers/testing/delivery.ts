import { createContent } from '../content/message-content.ts';
import { toAlertFacts } from '../content/alert-facts.ts';
import type { AlertFacts } from '../content/alert-facts.ts';
import type { AlertView } from '../content/alert-view.ts';
import type { Delivery } from '../notifier.ts';
import { createTransition } from './events.ts';

/** The first message of an example alert; a test states what differs. */
export const createDelivery = (change: Partial<Delivery> = {}): Delivery => ({
  id: 'g/root',
  operation: 'post',
  purpose: 'firing',
  content: createContent({ tone: 'page', title: 'title', summary: 'summary' }),
  groupId: 'g',
  group: 'c1; netns/checkout|netns/payments|443',
  alerts: [],
  root: null,
  broadcast: false,
  firstAttemptMs: Date.now(),
  possibleRepeat: false,
  ...change,
});

export const createView = (change: Partial<AlertView> = {}): AlertView => ({
  transition: createTransition(),
  acknowledgedBy: null,
  silencedBy: null,
  captures: [],
  notes: {},
  lastLevel: 'notice',
  leftLevels: [],
  url: null,
  ...change,
});

export const createFacts = (change: Partial<AlertFacts> = {}): AlertFacts => ({
  ...toAlertFacts(createView()),
  ...change,
});
