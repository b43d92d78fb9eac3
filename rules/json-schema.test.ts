import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ruleFileJsonSchema } from './json-schema.ts';

const file = new URL('./rule.schema.json', import.meta.url);

describe('rule.schema.json', () => {
  it('is current (after a change: UPDATE_EXPECTED=1)', () => {
    const schema: unknown = JSON.parse(JSON.stringify(ruleFileJsonSchema()));
    if (process.env['UPDATE_EXPECTED'] === '1') writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(schema);
  });

  it('names only definitions that it has', () => {
    const text = JSON.stringify(ruleFileJsonSchema());
    const defs = Object.keys(ruleFileJsonSchema()['$defs'] as Record<string, unknown>);
    const references = [...text.matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)].map((match) => match[1]);
    expect(references).toContain('condition');
    for (const reference of references) expect(defs).toContain(reference);
  });

  it('asks of a rule what has no default', () => {
    const schema = ruleFileJsonSchema() as {
      properties: { groups: { items: { properties: { rules: { items: { required: string[] } } } } } };
    };
    expect(schema.properties.groups.items.properties.rules.items.required).toEqual(
      expect.arrayContaining(['id', 'alert', 'signal', 'by', 'measure', 'when']),
    );
  });
});
