import { didYouMean } from '../../source-text/suggestion.ts';
import { readShape } from '../parse/check-shape.ts';
import type { FaultList, Position } from '../parse/faults.ts';
import { reportAt, type OverlaySource, type RuleSource } from '../parse/rule-source.ts';
import { overlaySchema } from '../schema.ts';
import { mergeOverlay, type OverlayChange } from './merge-overlay.ts';
import { ruleHash } from './rule-hash.ts';

/** What one overlay does, and whether the rule under it is still the one it was written against. */
export interface OverlayStatus {
  readonly ruleId: string;
  readonly position: Position;
  /** Hash that the overlay names; undefined: none. */
  readonly basedOn: string | undefined;
  /** Hash of the rule as it is now, without overlays. */
  readonly baseHash: string;
  readonly disables: boolean;
  readonly changes: readonly OverlayChange[];
}

export interface Overlaid {
  readonly rules: readonly RuleSource[];
  readonly statuses: readonly OverlayStatus[];
}

export interface OverlayContext {
  readonly faults: FaultList;
  /** false: a file could not be read, so a rule that is not there is no fault of the overlay. */
  readonly complete: boolean;
}

/** Applies overlays in the order of files; reports those that fit no rule or set what no overlay may set. */
export function applyOverlays(
  rules: readonly RuleSource[],
  overlays: readonly OverlaySource[],
  { faults, complete }: OverlayContext,
): Overlaid {
  const bases = new Map(rules.toReversed().map((rule) => [String(rule.value['id']), rule]));
  const current = new Map(bases);
  const disabled = new Set<string>();
  const statuses: OverlayStatus[] = [];
  for (const overlay of overlays) {
    const report = reportAt(faults, overlay);
    const { override: ruleId, based_on: basedOn, enabled } = readShape(overlaySchema, overlay.value, report);
    if (ruleId === undefined) continue;
    const base = bases.get(ruleId);
    const before = current.get(ruleId);
    if (base === undefined || before === undefined) {
      if (complete)
        report({ path: ['override'] }, `there is no rule "${ruleId}"`, didYouMean(ruleId, bases.keys()));
      continue;
    }
    const { rule, changes } = mergeOverlay(before, overlay, faults);
    current.set(ruleId, rule);
    const disables = enabled === false;
    if (disables) disabled.add(ruleId);
    const position = overlay.locate({ path: [] });
    statuses.push({ ruleId, position, basedOn, baseHash: ruleHash(base.value), disables, changes });
  }
  return { rules: rules.flatMap((rule) => replaced(rule, bases, current, disabled)), statuses };
}

/** By identity, not by id: of two rules with one id (a fault told elsewhere) the second stays as it is. */
function replaced(
  rule: RuleSource,
  bases: ReadonlyMap<string, RuleSource>,
  current: ReadonlyMap<string, RuleSource>,
  disabled: ReadonlySet<string>,
): RuleSource[] {
  const id = String(rule.value['id']);
  if (bases.get(id) !== rule) return [rule];
  return disabled.has(id) ? [] : [current.get(id) ?? rule];
}
