import { customResources, resourceGroup } from '../../kubernetes/resources/custom-resources.ts';
import { resourceDefinition } from '../../kubernetes/resources/resource-definition.ts';
import type { GeneratedFile } from './generated-file.ts';

/** The custom resources' definitions, for `kubectl apply -f charts/saccade/crds` and the chart. */
export function resourceDefinitionFiles(): readonly GeneratedFile[] {
  return customResources.map((resource) => ({
    path: `charts/saccade/crds/${resource.plural}.${resourceGroup}.yaml`,
    content: resourceDefinition(resource),
  }));
}
