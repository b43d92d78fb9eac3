import { z } from 'zod';
import { conditionSchema, conditionShape, ruleFileSchema } from './schema.ts';

/** JSON Schema (2020-12) of a rule file for editors; `rule.schema.json` holds it and a test keeps it current. */
export function ruleFileJsonSchema(): Record<string, unknown> {
  const condition = z.toJSONSchema(conditionShape, { io: 'input' });
  const { $defs: nested, $schema: _, ...shape } = condition;
  const file = z.toJSONSchema(ruleFileSchema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === conditionSchema) jsonSchema.$ref = '#/$defs/condition';
    },
  });
  return {
    ...file,
    $id: 'https://saccade.io/schemas/rule.schema.json',
    title: 'Saccade rules',
    $defs: { ...file.$defs, ...nested, condition: shape },
  };
}
