import type { MessageContent } from './message-content.ts';
import { createContent } from './message-content.ts';

/** A receiver does not take messages; with the message that it did not take, where that one matters. */
export function describeUndelivered(
  receiver: string,
  reason: string,
  lost: MessageContent | null,
): MessageContent {
  const problem = `Receiver "${receiver}" does not take messages: ${reason}`;
  if (lost === null) return createContent({ tone: 'problem', title: problem, summary: 'It is tried again.' });
  const title = `Not delivered to "${receiver}" (${reason}): ${lost.title}`;
  return { ...lost, tone: 'problem', title, footer: [...lost.footer, `${problem}. It is tried again.`] };
}

export const describeWorksAgain = (receiver: string, reason: string): MessageContent =>
  createContent({
    tone: 'resolved',
    title: `Receiver "${receiver}" takes messages again`,
    summary: `It had refused: ${reason}`,
  });
