import { stringify } from 'yaml';
import type { CustomResource } from './custom-resource.ts';
import { resourceGroup, resourceVersion } from './custom-resources.ts';
import { toStructuralSchema } from './structural-schema.ts';

/** The CustomResourceDefinition of a kind, as YAML for the cluster. */
export function resourceDefinition(resource: CustomResource): string {
  const { kind, plural, scope, description, spec, unknownKeys, validations, status, columns } = resource;
  const singular = kind.toLowerCase();
  const schema = {
    type: 'object',
    description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: {
        ...toStructuralSchema(spec, unknownKeys),
        ...(validations.length > 0 && { 'x-kubernetes-validations': validations }),
      },
      status: toStructuralSchema(status, 'kept'),
    },
  };
  const version = {
    name: resourceVersion,
    served: true,
    storage: true,
    subresources: { status: {} },
    additionalPrinterColumns: columns,
    schema: { openAPIV3Schema: schema },
  };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${resourceGroup}` },
    spec: {
      group: resourceGroup,
      scope,
      names: { kind, plural, singular, listKind: `${kind}List`, categories: ['saccade'] },
      versions: [version],
    },
  };
  return `# Generated from kubernetes/resources by docs/generate.ts.\n${stringify(definition, { aliasDuplicateObjects: false })}`;
}
