import { z } from 'zod';
import { durationSchema } from '../source-text/quantity-schemas.ts';

/** What a function can be given, by the word that a configuration uses. */
const functionEvents = ['transition', 'capture'] as const;

const nameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'small letters, digits and hyphens, beginning with a letter');

/** Where a function is and how it is called. */
const calleeShape = {
  url: z
    .url({ protocol: /^https?$/, error: 'not an http or https URL' })
    .optional()
    .describe('Takes a CloudEvent by POST.'),
  module: z
    .string()
    .min(1)
    .optional()
    .describe('JavaScript module whose default export takes a CloudEvent; relative to this file.'),
  mode: z
    .enum(['binary', 'structured'])
    .default('binary')
    .describe('CloudEvents HTTP binding: content mode.'),
  token_file: z.string().min(1).optional().describe('File with a bearer token; read anew for each request.'),
};
export interface CalleeConfig {
  readonly url?: string | undefined;
  readonly module?: string | undefined;
  readonly mode: 'binary' | 'structured';
  readonly token_file?: string | undefined;
}

function checkCallee(context: z.core.ParsePayload<CalleeConfig>): void {
  const { url, module } = context.value;
  if ((url === undefined) !== (module === undefined)) return;
  const message = 'give exactly one of url and module';
  context.issues.push({ code: 'custom', message, input: context.value, path: [] });
}

function checkNames(context: z.core.ParsePayload<readonly { readonly name: string }[]>): void {
  const names = context.value.map(({ name }) => name);
  for (const [index, name] of names.entries())
    if (names.indexOf(name) < index)
      context.issues.push({
        code: 'custom',
        message: `there is another of the name ${name}`,
        input: name,
        path: [index, 'name'],
      });
}

const functionSchema = z
  .strictObject({
    name: nameSchema.describe('Its name in metrics, history and what it returns.'),
    events: z.array(z.enum(functionEvents)).min(1).default(['transition']).describe('What it is given.'),
    rules: z
      .array(z.string().min(1))
      .min(1)
      .max(100)
      .optional()
      .describe('Only what is about these rules, by id; left out: all.'),
    ...calleeShape,
    timeout: durationSchema.prefault('5s').describe('For one attempt.'),
    attempts: z.int().min(1).max(100).default(8).describe('Then the event is a dead letter.'),
  })
  .check(checkCallee);

/** `functions:` of the configuration file. */
export const functionsSchema = z
  .array(functionSchema)
  .max(50)
  .default([])
  .describe('Your own functions over events: what they return goes into the stream.')
  .check(checkNames);
export type FunctionConfig = z.output<typeof functionSchema>;

const factSourceSchema = z
  .strictObject({
    name: nameSchema.describe('`rollout` is asked for the facts `rollout.…` of `confirm`.'),
    ...calleeShape,
    timeout: durationSchema.prefault('2s').describe('For one question.'),
  })
  .check(checkCallee);

/** `facts:` of the configuration file. */
export const factSourcesSchema = z
  .array(factSourceSchema)
  .max(20)
  .default([])
  .describe('Who knows what `confirm` asks for: a function that answers one question with one value.')
  .check(checkNames);
export type FactSourceConfig = z.output<typeof factSourceSchema>;
