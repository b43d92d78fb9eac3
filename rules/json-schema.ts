import { z } from 'zod';
import { signalCatalogue } from '../signals/catalogue.ts';
import { keyFactNames } from './facts.ts';
import {
  conditionSchema,
  conditionShape,
  factNameSchema,
  keyFactNameSchema,
  measureNameSchema,
  ruleFileSchema,
  signalNameSchema,
} from './schema.ts';

/** What the shape leaves to the compiler, for editors to complete. */
const refinements = new Map<unknown, () => Readonly<Record<string, unknown>>>([
  [conditionSchema, () => ({ $ref: '#/$defs/condition' })],
  [signalNameSchema, () => ({ enum: [...signalCatalogue.keys()] })],
  [measureNameSchema, () => ({ enum: measureNames() })],
  [keyFactNameSchema, () => ({ enum: [...keyFactNames] })],
  [factNameSchema, () => ({ anyOf: [{ enum: [...keyFactNames] }, { pattern: '^labels\\.' }] })],
]);

/** A schema that was described is a copy; what it was copied from is what the refinements name. */
function refinementOf(schema: z.core.$ZodType): Readonly<Record<string, unknown>> | undefined {
  for (let origin: z.core.$ZodType | undefined = schema; origin; origin = origin._zod.parent) {
    const refinement = refinements.get(origin);
    if (refinement) return refinement();
  }
  return undefined;
}

function measureNames(): string[] {
  const names = [...signalCatalogue.values()].flatMap((signal) => Object.keys(signal.measures));
  return [...new Set(names)].toSorted();
}

/** JSON Schema (2020-12) of a rule file for editors; `rule.schema.json` holds it and a test keeps it current. */
export function ruleFileJsonSchema(): Record<string, unknown> {
  const { $defs: nested, $schema: _, ...condition } = z.toJSONSchema(conditionShape, { io: 'input' });
  const file = z.toJSONSchema(ruleFileSchema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      Object.assign(jsonSchema, refinementOf(zodSchema));
    },
  });
  return { ...file, title: 'Saccade rules', $defs: { ...file.$defs, ...nested, condition } };
}
