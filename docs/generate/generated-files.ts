import { valuesFiles } from './chart/values-files.ts';
import { cliPage } from './cli-page.ts';
import { configurationPage } from './configuration-page.ts';
import { eventsPages } from './events-pages.ts';
import type { GeneratedFile } from './generated-file.ts';
import { metricsPage } from './metrics-page.ts';
import { resourceDefinitionFiles } from './resource-definition-files.ts';
import { ruleSchemaFile } from './rule-schema-file.ts';
import { rulesPage } from './rules-page.ts';
import { signalsPage } from './signals-page.ts';

/** Everything that `npm run generate` writes. */
export async function generatedFiles(root: string): Promise<readonly GeneratedFile[]> {
  return [
    signalsPage(),
    rulesPage(),
    configurationPage(),
    await cliPage(),
    ...eventsPages(),
    ...valuesFiles(),
    ...resourceDefinitionFiles(),
    metricsPage(),
    await ruleSchemaFile(root),
  ];
}
