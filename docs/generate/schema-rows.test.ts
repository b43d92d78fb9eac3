import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { byteSizeSchema, durationSchema } from '../../source-text/quantity-schemas.ts';
import { toJsonSchema } from './json-schema.ts';
import { schemaRows, schemaTable } from './schema-rows.ts';

function rowsOf(schema: z.ZodType) {
  return schemaRows(toJsonSchema(schema, 'input'));
}

describe('schemaRows', () => {
  it('names types as people write them, with defaults and what is required', () => {
    const schema = z.strictObject({
      name: z.string(),
      wait: durationSchema.prefault('5s').describe('How long.'),
      room: byteSizeSchema.optional(),
      level: z.enum(['low', 'high']).default('low'),
      ports: z.array(z.int()).default([80, 443]),
    });
    expect(rowsOf(schema)).toEqual([
      { path: 'name', type: 'text', required: true, default: '', description: '' },
      { path: 'wait', type: 'duration', required: false, default: '`5s`', description: 'How long.' },
      { path: 'room', type: 'size', required: false, default: '', description: '' },
      { path: 'level', type: 'one of `low`, `high`', required: false, default: '`low`', description: '' },
      {
        path: 'ports',
        type: 'list of whole number',
        required: false,
        default: '`[80, 443]`',
        description: '',
      },
    ]);
  });

  it('goes into mappings, lists and what may be null, and once into what refers to itself', () => {
    const route = z.object({
      to: z.string(),
      get routes() {
        return z.array(route);
      },
    });
    const schema = z.object({
      route,
      hosts: z.array(z.object({ ip: z.string() })),
      box: z.object({ x: z.int() }).nullable(),
    });
    expect(rowsOf(schema).map(({ path }) => path)).toEqual([
      'route',
      'route.to',
      'route.routes',
      'hosts',
      'hosts[].ip',
      'box',
      'box.x',
    ]);
  });
});

describe('schemaTable', () => {
  it('leaves out mappings that say nothing of their own', () => {
    const table = schemaTable(
      rowsOf(z.object({ part: z.object({ key: z.string().describe('a|b') }).prefault({ key: '' }) })),
    );
    expect(table).toContain('| `part.key` | text | **required** | a\\|b |');
    expect(table).not.toContain('| `part` |');
  });
});
