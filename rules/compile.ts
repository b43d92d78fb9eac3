import { createHash } from 'node:crypto';
import type { CompiledRule, RuleFault, RuleSet } from './compiled-rule.ts';
import { compileRule } from './compile-rule.ts';
import { applyOverlays, type OverlayStatus } from './overlays/apply-overlays.ts';
import { createFaultList, formatFault, type FaultList } from './parse/faults.ts';
import { readFileParts, reportAt, type RuleSource } from './parse/rule-source.ts';
import { parseYamlSource } from './parse/yaml-source.ts';

export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

export interface CompileOptions {
  /** Replaces every rule's `learn`, in milliseconds; null or absent: as the rules say. */
  readonly learnMs?: number | null;
}

export interface CompiledRules {
  readonly ok: true;
  readonly ruleSet: RuleSet;
  /** What is worth a look but stops nothing, `path:line:column: message`. */
  readonly warnings: readonly string[];
  readonly overlays: readonly OverlayStatus[];
}
export interface RefusedRules {
  readonly ok: false;
  /** Every fault in every file, by place. */
  readonly faults: readonly RuleFault[];
}
export type CompileResult = CompiledRules | RefusedRules;

/**
 * Files → rules that run, or all faults at once. Deterministic and without side effects: files, their order and the
 * options decide the result, so a replay of a `RulesLoaded` event compiles the same rules.
 */
export function compileRules(files: readonly RuleFile[], options: CompileOptions = {}): CompileResult {
  const faults = createFaultList();
  const parts = files.flatMap((file) => {
    const source = parseYamlSource(file.path, file.text, faults);
    return source === undefined ? [] : [readFileParts(source, faults)];
  });
  const written = parts.flatMap((part) => part.rules);
  reportDoubledIds(written, faults);
  // What an unreadable file would have held is not missing: one fault, not two.
  const complete = parts.length === files.length;
  const overlaid = applyOverlays(
    written,
    parts.flatMap((part) => part.overlays),
    { faults, complete },
  );
  const learnMs = options.learnMs ?? null;
  const rules = overlaid.rules.flatMap(
    (source) => compileRule(source, { learnMs, report: reportAt(faults, source) }) ?? [],
  );
  if (faults.count > 0) return { ok: false, faults: faults.sorted() };
  return {
    ok: true,
    ruleSet: {
      revision: revisionOf(files, learnMs),
      rules,
      files: files.map(({ path, text }) => ({ path, text })),
    },
    warnings: [...changedBases(overlaid.statuses), ...rules.flatMap(warningsOf)],
    overlays: overlaid.statuses,
  };
}

function reportDoubledIds(rules: readonly RuleSource[], faults: FaultList): void {
  const first = new Map<string, RuleSource>();
  for (const rule of rules) {
    const id = rule.value['id'];
    if (typeof id !== 'string') continue;
    const earlier = first.get(id);
    if (earlier === undefined) {
      first.set(id, rule);
      continue;
    }
    const { path, line } = earlier.locate({ path: ['id'] });
    faults.add(
      rule.locate({ path: ['id'] }),
      `the id "${id}" is taken by ${path}:${line}`,
      'ids are unique over all files',
    );
  }
}

function changedBases(statuses: readonly OverlayStatus[]): string[] {
  return statuses
    .filter((status) => status.basedOn !== undefined && status.basedOn !== status.baseHash)
    .map((status) =>
      formatFault({
        ...status.position,
        message: `the rule "${status.ruleId}" has changed under this overlay (${status.basedOn} → ${status.baseHash})`,
        suggestion: 'look at "saccade rules diff"',
      }),
    );
}

/** A key is about somebody, at either end. */
const whoOrWhom: ReadonlySet<string> = new Set(['workload', 'pod', 'node', 'peer', 'peer.name', 'peer.ip']);

function warningsOf(rule: CompiledRule): string[] {
  const warnings: string[] = [];
  if (rule.clear !== undefined && rule.clear.when.text === rule.when.text)
    warnings.push(`${rule.position}: ${rule.id} clears on the condition that it fires on`);
  if (!rule.by.some((name) => whoOrWhom.has(name)))
    warnings.push(
      `${rule.position}: ${rule.id} names neither a workload, pod or node nor a peer in "by": one key for all of them`,
    );
  return warnings;
}

/** The same sources and options give the same revision. */
export function revisionOf(files: readonly RuleFile[], learnMs: number | null): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([learnMs, files.map(({ path, text }) => [path, text])]));
  return hash.digest('hex').slice(0, 16);
}
