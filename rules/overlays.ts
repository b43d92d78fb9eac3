import { createHash } from 'node:crypto';
import { didYouMean } from './suggestion.ts';
import { isMapping, kindOf, readShape } from './parse/check-shape.ts';
import type { FaultList, Path, Place, Position } from './parse/faults.ts';
import { reportAt, type OverlaySource, type RuleSource } from './parse/rule-source.ts';
import { overlaySchema, ruleSchema } from './schema.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** What one overlay is meant for and whether the rule under it is still the one it was written against. */
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

/** One value that an overlay replaces or appends to. */
export interface OverlayChange {
  readonly path: string;
  readonly kind: 'set' | 'append';
  readonly before: unknown;
  readonly after: unknown;
}

export interface Overlaid {
  readonly rules: readonly RuleSource[];
  readonly statuses: readonly OverlayStatus[];
}

/** First 12 hex digits of SHA-256 over the rule's canonical JSON: comments and order of keys do not count. */
export function ruleHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 12);
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isMapping(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** Applies overlays in the order of files; reports those that fit no rule or set what no overlay may set. */
export function applyOverlays(
  rules: readonly RuleSource[],
  overlays: readonly OverlaySource[],
  faults: FaultList,
): Overlaid {
  const byId = new Map(rules.map((rule) => [String(rule.value['id']), rule]));
  const bases = new Map(rules.map((rule) => [String(rule.value['id']), ruleHash(rule.value)]));
  const disabled = new Set<string>();
  const statuses: OverlayStatus[] = [];
  for (const overlay of overlays) {
    const report = reportAt(faults, overlay);
    const read = readShape(overlaySchema, overlay.value, report);
    if (read.override === undefined) continue;
    const base = byId.get(read.override);
    if (base === undefined) {
      report(
        { path: ['override'] },
        `there is no rule "${read.override}"`,
        didYouMean(read.override, byId.keys()),
      );
      continue;
    }
    const changes: OverlayChange[] = [];
    byId.set(read.override, merge(base, overlay, faults, changes));
    if (read.enabled === false) disabled.add(read.override);
    statuses.push({
      ruleId: read.override,
      position: overlay.locate({ path: [] }),
      basedOn: read.based_on,
      baseHash: bases.get(read.override) ?? '',
      disables: read.enabled === false,
      changes,
    });
  }
  // By id for a rule that has one of its own; a doubled or missing id is the compiler's to report.
  const seen = new Set<string>();
  const merged = rules.flatMap((rule) => {
    const id = String(rule.value['id']);
    if (seen.has(id)) return [rule];
    seen.add(id);
    return disabled.has(id) ? [] : [byId.get(id) ?? rule];
  });
  return { rules: merged, statuses };
}

/** Where a merged part came from, by its path in the rule. */
type Origins = Map<string, { readonly overlay: OverlaySource; readonly path: Path }>;

interface Merge {
  readonly overlay: OverlaySource;
  readonly origins: Origins;
  readonly changes: OverlayChange[];
}

function merge(
  base: RuleSource,
  overlay: OverlaySource,
  faults: FaultList,
  changes: OverlayChange[],
): RuleSource {
  const context: Merge = { overlay, origins: new Map(), changes };
  const report = reportAt(faults, overlay);
  let value: Mapping = base.value;
  const set = overlay.value['set'];
  if (isMapping(set)) {
    if ('id' in set)
      report({ path: ['set', 'id'], key: true }, 'an overlay cannot change the id: it keeps the history');
    value = mergeMapping(value, omit(set, 'id'), [], ['set'], context);
  }
  const append = overlay.value['append'];
  if (isMapping(append))
    for (const [key, items] of Object.entries(append)) {
      if (!Array.isArray(items)) continue; // the shape check has told it
      const fault = appendFault(key, value[key]);
      if (fault !== undefined) report({ path: ['append', key], key: true }, ...fault);
      else value = { ...value, [key]: appendItems(key, value[key], items, context) };
    }
  return { group: base.group, value, locate: (place) => locateMerged(base, context.origins, place) };
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
