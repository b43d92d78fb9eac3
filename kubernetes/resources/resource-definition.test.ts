import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { customResources, saccadeRule } from './custom-resources.ts';
import { resourceDefinition } from './resource-definition.ts';

/** Every schema below one, itself included. */
function* schemasIn(schema: Record<string, unknown>): Generator<Record<string, unknown>> {
  yield schema;
  const { properties = {}, items, additionalProperties } = schema;
  const below = [...Object.values(properties as Record<string, unknown>), items, additionalProperties];
  for (const one of below)
    if (typeof one === 'object' && one !== null) yield* schemasIn(one as Record<string, unknown>);
}

function schemaOf(resource: (typeof customResources)[number]): Record<string, unknown> {
  const definition = parse(resourceDefinition(resource)) as {
    spec: { versions: { schema: { openAPIV3Schema: Record<string, unknown> } }[] };
  };
  const schema = definition.spec.versions[0]?.schema.openAPIV3Schema;
  if (schema === undefined) throw new Error('a definition without a schema');
  return schema;
}

describe('definitions of custom resources', () => {
  it.each(customResources)('$kind has what a structural schema may have', (resource) => {
    for (const schema of schemasIn(schemaOf(resource))) {
      expect(Object.keys(schema)).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(?:\$ref|anyOf|oneOf|allOf|const|\$schema)$/u)]),
      );
      expect('type' in schema || schema['x-kubernetes-preserve-unknown-fields'] === true).toBe(true);
    }
  });

  it('keeps keys that the schema does not know, so that the checker can tell them', () => {
    const objects = [...schemasIn(schemaOf(saccadeRule))].filter(
      ({ properties }) => properties !== undefined,
    );
    const pruned = objects.filter((schema) => schema['x-kubernetes-preserve-unknown-fields'] !== true);
    // Only the object itself, whose keys are those of Kubernetes.
    expect(pruned).toHaveLength(1);
  });

  it('shows state and firing count', () => {
    expect(saccadeRule.columns.map(({ name }) => name)).toEqual(['State', 'Rules', 'Firing', 'Age']);
  });
});
