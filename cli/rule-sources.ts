import { join } from 'node:path';
import { loadConfig } from '../app/config/load-config.ts';
import { packageRoot } from '../app/package-root.ts';
import { configuredSources } from '../app/rule-service.ts';
import type { RuleFile } from '../rules/compile.ts';
import { loadRuleFiles } from '../rules/load.ts';
import { createFaultList } from '../rules/parse/faults.ts';
import { type FileParts, readFileParts } from '../rules/parse/rule-source.ts';
import { parseYamlSource } from '../rules/parse/yaml-source.ts';
import type { DataFlags } from './options.ts';

/**
 * What was named, or else what a start would load. Files whose overlays adjust a rule that they do not hold come with
 * the shipped rules, so that one overlay can be looked at by itself.
 */
export async function sourcesOf(files: readonly string[], flags: DataFlags): Promise<readonly string[]> {
  if (files.length === 0) {
    const { config, ruleFiles } = loadConfig(flags);
    return configuredSources(config, ruleFiles);
  }
  const { files: named } = await loadRuleFiles(files);
  return adjustOthers(named) ? [join(packageRoot, 'rules', 'catalog'), ...files] : files;
}

function adjustOthers(files: readonly RuleFile[]): boolean {
  const parts = files.map(partsOf);
  const own = new Set(parts.flatMap(({ rules }) => rules.map(({ value }) => value['id'])));
  return parts.some(({ overlays }) => overlays.some(({ value }) => !own.has(value['override'])));
}

/** As far as the file can be read; its faults are told when it is compiled. */
function partsOf({ path, text }: RuleFile): FileParts {
  const faults = createFaultList();
  const source = parseYamlSource(path, text, faults);
  return source === undefined ? { rules: [], overlays: [] } : readFileParts(source, faults);
}
