import { z } from 'zod';
import { durationSchema } from '../source-text/quantity-schemas.ts';

/** What a function can be given, by the word that a configuration uses. */
export const functionEvents = ['transition', 'capture'] as const;

const functionSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,62}$/, 'small letters, digits and hyphens, beginning with a letter')
      .describe('Its name in metrics, history and what it returns.'),
    events: z.array(z.enum(functionEvents)).min(1).default(['transition']).describe('What it is given.'),
    rules: z
      .array(z.string().min(1))
      .min(1)
      .max(100)
      .optional()
      .describe('Only what is about these rules, by id; left out: all.'),
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
    token_file: z
      .string()
      .min(1)
      .optional()
      .describe('File with a bearer token; read anew for each request.'),
    timeout: durationSchema.prefault('5s').describe('For one attempt.'),
    attempts: z.int().min(1).max(100).default(8).describe('Then the event is a dead letter.'),
  })
  .check((context) => {
    const { url, module } = context.value;
    if ((url === undefined) !== (module === undefined)) return;
    const message = 'give exactly one of url and module';
    context.issues.push({ code: 'custom', message, input: context.value, path: [] });
  });

/** `functions:` of the configuration file. */
export const functionsSchema = z
  .array(functionSchema)
  .max(50)
  .default([])
  .describe('Your own functions over events: what they return goes into the stream.')
  .check((context) => {
    const names = context.value.map(({ name }) => name);
    for (const [index, name] of names.entries())
      if (names.indexOf(name) < index)
        context.issues.push({
          code: 'custom',
          message: `there is a function ${name} already`,
          input: name,
          path: [index, 'name'],
        });
  });
export type FunctionConfig = z.output<typeof functionSchema>;
