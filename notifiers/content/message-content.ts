import { z } from 'zod';

export const tones = ['notice', 'page', 'resolved', 'problem', 'info'] as const;

/** An episode of an alert, whose figures are to be drawn. `alone`: the picture is all that the message says. */
export const chartReferenceSchema = z.object({
  fingerprint: z.string(),
  episode: z.number(),
  alone: z.boolean(),
});

/**
 * What a message says, in no receiver's format. Texts are raw (names may be hostile): each notifier escapes and cuts
 * for itself. JSON, because it waits in the outbox.
 */
export const messageContentSchema = z.object({
  tone: z.enum(tones),
  /** One line: who → whom. Also the push notification. */
  title: z.string(),
  /** How bad against normal; a sentence or one line a direction. */
  summary: z.string(),
  facts: z.array(z.object({ name: z.string(), value: z.string() })),
  sections: z.array(z.object({ title: z.string(), text: z.string(), code: z.boolean() })),
  /** What to do: a command to run or a page to open. */
  actions: z.array(
    z.object({ label: z.string(), command: z.string().nullable(), url: z.string().nullable() }),
  ),
  /** Small print. */
  footer: z.array(z.string()),
  /** A file of this machine to attach where the receiver is configured to upload. */
  file: z.string().nullable(),
  /** Value against band of this alert, as a picture, where the receiver shows pictures. */
  chart: chartReferenceSchema.optional(),
});
export type MessageContent = z.infer<typeof messageContentSchema>;
export type Tone = MessageContent['tone'];

/** The rest of a content that has only a tone, a title and a summary. */
export function createContent(
  required: Pick<MessageContent, 'tone' | 'title' | 'summary'>,
  rest: Partial<MessageContent> = {},
): MessageContent {
  return { facts: [], sections: [], actions: [], footer: [], file: null, ...rest, ...required };
}
