import { stringify } from 'yaml';
import type { RuleFile } from '../../rules/compile.ts';

/** What is kept of a SaccadeRule. */
export interface SaccadeRuleRecord {
  readonly namespace: string;
  readonly name: string;
  readonly generation: number;
  /** As the API server has them: of the shape that it checks. */
  readonly rules: readonly Readonly<Record<string, unknown>>[];
}

/**
 * The rule file that an object stands for. Its rules see the namespace of the object only, and their ids begin with it,
 * so that no namespace takes the name of another's. The restriction comes first in `where`, the rest stays in order.
 */
export function toRuleFile(record: SaccadeRuleRecord, path: string): RuleFile {
  const { namespace, name, rules } = record;
  const group = { name: `${namespace}/${name}`, rules: rules.map((rule) => confined(rule, namespace)) };
  return { path, text: stringify({ groups: [group] }, { aliasDuplicateObjects: false }) };
}

function confined(
  rule: Readonly<Record<string, unknown>>,
  namespace: string,
): Readonly<Record<string, unknown>> {
  const { id, where } = rule;
  const own = where === undefined ? [] : Array.isArray(where) ? (where as unknown[]) : [where];
  const only = { fact: 'namespace', operator: 'equal', value: namespace };
  return { ...rule, id: ruleIdIn(namespace, String(id)), where: [only, ...own] };
}

/** `shop` and `slow-checkout` make `shop-slow-checkout`. */
export const ruleIdIn = (namespace: string, id: string): string => `${namespace}-${id}`;

/** Of a file of such rules: no name holds a dot that could make two names one, since namespaces hold none. */
export const ruleFileName = ({ namespace, name }: Pick<SaccadeRuleRecord, 'namespace' | 'name'>): string =>
  `${namespace}.${name}.yaml`;

/** Of a rule's place (file:line:column): the namespace of its object; null: it is none of the cluster's. */
export function namespaceOfRuleFile(position: string): string | null {
  return (
    new RegExp(`/${ruleFolderName}/([a-z0-9-]+)\\.[^/]+\\.yaml:\\d+:\\d+$`, 'u').exec(position)?.[1] ?? null
  );
}

/** In the data folder. */
export const ruleFolderName = 'kubernetes-rules';
