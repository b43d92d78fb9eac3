import { didYouMean } from '../../source-text/suggestion.ts';
import { isMapping, kindOf, type Mapping } from '../parse/check-shape.ts';
import type { FaultList, Path, Place, Position } from '../parse/faults.ts';
import { reportAt, type OverlaySource, type RuleSource } from '../parse/rule-source.ts';
import { ruleSchema } from '../schema.ts';

/** One value that an overlay replaces or appends. */
export interface OverlayChange {
  readonly path: string;
  readonly kind: 'set' | 'append';
  readonly before: unknown;
  readonly after: unknown;
}

/** Where a merged part came from, by its path in the rule. */
type Origins = Map<string, { readonly overlay: OverlaySource; readonly path: Path }>;

interface Merge {
  readonly overlay: OverlaySource;
  readonly origins: Origins;
  readonly changes: OverlayChange[];
}

export interface MergedRule {
  readonly rule: RuleSource;
  readonly changes: readonly OverlayChange[];
}

/** The rule with one overlay applied; a place in the result lies in the file that wrote it. */
export function mergeOverlay(base: RuleSource, overlay: OverlaySource, faults: FaultList): MergedRule {
  const context: Merge = { overlay, origins: new Map(), changes: [] };
  const value = appendAll(setAll(base.value, context, faults), context, faults);
  const rule = {
    group: base.group,
    value,
    locate: (place: Place) => locateMerged(base, context.origins, place),
  };
  return { rule, changes: context.changes };
}

function setAll(value: Mapping, context: Merge, faults: FaultList): Mapping {
  const set = context.overlay.value['set'];
  if (!isMapping(set)) return value;
  if ('id' in set)
    reportAt(faults, context.overlay)(
      { path: ['set', 'id'], key: true },
      'an overlay cannot change the id: it keeps the history',
    );
  return mergeMapping(value, omit(set, 'id'), [], ['set'], context);
}

function appendAll(value: Mapping, context: Merge, faults: FaultList): Mapping {
  const append = context.overlay.value['append'];
  if (!isMapping(append)) return value;
  const report = reportAt(faults, context.overlay);
  const merged: Record<string, unknown> = { ...value };
  for (const [key, items] of Object.entries(append)) {
    if (!Array.isArray(items)) continue; // the shape check has told it
    const fault = appendFault(key, merged[key]);
    if (fault === undefined) merged[key] = appendItems(key, merged[key], items, context);
    else report({ path: ['append', key], key: true }, ...fault);
  }
  return merged;
}

function omit(mapping: Mapping, key: string): Mapping {
  return Object.fromEntries(Object.entries(mapping).filter(([name]) => name !== key));
}

function mergeMapping(base: Mapping, over: Mapping, path: Path, from: Path, context: Merge): Mapping {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = base[key];
    const at = [...path, key];
    if (isMapping(before) && isMapping(value) && !isCondition(value)) {
      merged[key] = mergeMapping(before, value, at, [...from, key], context);
    } else {
      merged[key] = value;
      context.origins.set(keyOf(at), { overlay: context.overlay, path: [...from, key] });
      context.changes.push({ path: at.join('.'), kind: 'set', before, after: value });
    }
  }
  return merged;
}

/** Conditions are replaced as a whole: half of one merged with half of another is nobody's condition. */
function isCondition(value: Mapping): boolean {
  return ['all', 'any', 'not', 'fact'].some((key) => key in value);
}

function appendFault(key: string, current: unknown): [message: string, suggestion?: string] | undefined {
  if (!Object.hasOwn(ruleSchema.shape, key)) {
    const nearest = didYouMean(key, Object.keys(ruleSchema.shape));
    return nearest === undefined ? [`unknown key "${key}"`] : [`unknown key "${key}"`, nearest];
  }
  if (current === undefined || Array.isArray(current)) return undefined;
  return [`"${key}" of the rule is ${kindOf(current)}, not a list`, 'use set'];
}

function appendItems(
  key: string,
  current: unknown,
  items: readonly unknown[],
  context: Merge,
): readonly unknown[] {
  const merged: unknown[] = Array.isArray(current) ? [...(current as unknown[])] : [];
  for (const [index, item] of items.entries()) {
    const from: Path = ['append', key, index];
    const known = key === 'exceptions' && isMapping(item) ? indexOfName(merged, item['name']) : -1;
    if (known >= 0)
      merged[known] = appendValues(merged[known] as Mapping, item as Mapping, [key, known], from, context);
    else {
      context.origins.set(keyOf([key, merged.length]), { overlay: context.overlay, path: from });
      context.changes.push({ path: key, kind: 'append', before: undefined, after: item });
      merged.push(item);
    }
  }
  return merged;
}

function indexOfName(list: readonly unknown[], name: unknown): number {
  return list.findIndex((entry) => isMapping(entry) && entry['name'] === name);
}

/** The rule's author fixes the fields of an exception, the overlay brings values. */
function appendValues(base: Mapping, over: Mapping, path: Path, from: Path, context: Merge): Mapping {
  const values: unknown[] = Array.isArray(base['values']) ? [...(base['values'] as unknown[])] : [];
  const added: readonly unknown[] = Array.isArray(over['values']) ? over['values'] : [over['values']];
  for (const [index, value] of added.entries()) {
    const place = [...path, 'values', values.length];
    context.origins.set(keyOf(place), { overlay: context.overlay, path: [...from, 'values', index] });
    context.changes.push({
      path: place.slice(0, -1).join('.'),
      kind: 'append',
      before: undefined,
      after: value,
    });
    values.push(value);
  }
  // Whatever else the overlay names goes through the shape check of the merged rule, except the fixed fields.
  return { ...omit(over, 'values'), ...base, values };
}

function locateMerged(base: RuleSource, origins: Origins, place: Place): Position {
  for (let length = place.path.length; length > 0; length--) {
    const origin = origins.get(keyOf(place.path.slice(0, length)));
    if (origin === undefined) continue;
    return origin.overlay.locate({ ...place, path: [...origin.path, ...place.path.slice(length)] });
  }
  return base.locate(place);
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
