import { compileRules, type RuleFile } from '../../rules/compile.ts';
import type { CompiledRule } from '../../rules/compiled-rule.ts';

/** `every`: all rules judge every row. `spread`: each rule is for one of the namespaces, as teams write them. */
export const reaches = ['every', 'spread'] as const;
export type Reach = (typeof reaches)[number];

export const namespaces = 100;

export function namespaceOf(index: number): string {
  return `team-${index % namespaces}`;
}

/**
 * Rules without a baseline and with one window, because that is all that json-rules-engine can do too: their `where`
 * and `when` are what both sides are asked.
 */
export function benchRules(count: number, reach: Reach): RuleFile {
  const rules = Array.from({ length: count }, (_, index) => benchRule(index, reach));
  return { path: 'bench.yaml', text: `groups:\n- name: bench\n  rules:\n${rules.join('')}` };
}

function benchRule(index: number, reach: Reach): string {
  const scope = reach === 'spread' ? `, namespace == ${namespaceOf(index)}` : '';
  return `  - alert: Bench${index}
    id: bench-${index}
    signal: tcp.retransmits
    where: [peer.kind != loopback${scope}]
    by: [namespace, workload, peer, service_port]
    measure: retransmit_ratio
    over: [1s]
    when: {any: [{all: [retransmits >= 3, measure >= ${1 + (index % 10)}%]}, stalled_sockets >= 3]}
    levels: {page: {}}
    max_keys: 1000000
`;
}

export function compiledRulesOf(file: RuleFile): readonly CompiledRule[] {
  const result = compileRules([file]);
  if (!result.ok) throw new Error(`the rules of the benchmark do not compile: ${result.faults[0]?.message}`);
  return result.ruleSet.rules;
}
