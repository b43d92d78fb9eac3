/** What a person can do from a message, as its buttons name it. */
export const pressActions = [
  'acknowledge',
  'silence_1h',
  'silence_until_resolved',
  'capture',
  'accept_as_normal',
] as const;
export type PressAction = (typeof pressActions)[number];

/** Somebody pressed a button under a message. */
export interface Press {
  /** The same however often the press is delivered: what it causes is named after it. */
  readonly id: string;
  readonly receiver: string;
  /** Of the message under which it stood. */
  readonly groupId: string;
  readonly action: PressAction;
  /** Who, as the receiver knows them: `ada (Slack U0123)`. */
  readonly by: string;
}

/** Carries it out; resolves to what is told to the person, once it is durable. */
export type PressHandler = (press: Press) => Promise<string>;
