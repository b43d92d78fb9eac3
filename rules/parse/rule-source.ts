import { didYouMean } from '../../source-text/suggestion.ts';
import { notBuiltYet } from '../schema.ts';
import { isMapping, kindOf } from './check-shape.ts';
import type { FaultList, Path, Place, Position, Report } from './faults.ts';
import type { YamlSource } from './yaml-source.ts';

/** One rule as written, before overlays and checks. */
export interface RuleSource {
  readonly group: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** Position of a place inside the rule; after overlays it may lie in another file. */
  locate(place: Place): Position;
}

export interface OverlaySource {
  readonly value: Readonly<Record<string, unknown>>;
  locate(place: Place): Position;
}

export interface FileParts {
  readonly rules: readonly RuleSource[];
  readonly overlays: readonly OverlaySource[];
}

const topKeys = ['groups', 'overlays'];
const groupKeys = ['name', 'rules'];

export function reportAt(faults: FaultList, source: { locate(place: Place): Position }): Report {
  return (place, message, suggestion) => faults.add(source.locate(place), message, suggestion);
}

/** Takes a file apart into its rules and overlays; each is checked by itself later. */
export function readFileParts(source: YamlSource, faults: FaultList): FileParts {
  const report = reportAt(faults, source);
  const { value } = source;
  if (value === null || value === undefined) {
    report({ path: [] }, 'the file is empty', 'a rule file has "groups" or "overlays"');
    return { rules: [], overlays: [] };
  }
  if (!isMapping(value)) {
    report({ path: [] }, `a rule file is a mapping, not ${kindOf(value)}`, 'it begins with "groups:"');
    return { rules: [], overlays: [] };
  }
  checkKeys(value, topKeys, [], report);
  const rules = listAt(value, 'groups', [], report).flatMap((group, index) =>
    readGroup(group, ['groups', index], source, report),
  );
  const overlays = listAt(value, 'overlays', [], report).flatMap((overlay, index) =>
    isMapping(overlay)
      ? [{ value: overlay, locate: locateUnder(source, ['overlays', index]) }]
      : refuse(report, ['overlays', index], `an overlay is a mapping, not ${kindOf(overlay)}`),
  );
  return { rules, overlays };
}

function readGroup(group: unknown, path: Path, source: YamlSource, report: Report): RuleSource[] {
  if (!isMapping(group)) return refuse(report, path, `a group is a mapping, not ${kindOf(group)}`);
  checkKeys(group, groupKeys, path, report);
  const name = group['name'];
  if (typeof name !== 'string' || name === '')
    report({ path: 'name' in group ? [...path, 'name'] : path }, 'a group needs a "name"');
  if (!('rules' in group)) report({ path }, '"rules" is missing');
  return listAt(group, 'rules', path, report).flatMap((rule, index) => {
    const rulePath = [...path, 'rules', index];
    if (!isMapping(rule)) return refuse(report, rulePath, `a rule is a mapping, not ${kindOf(rule)}`);
    return [{ group: String(name), value: rule, locate: locateUnder(source, rulePath) }];
  });
}

function refuse(report: Report, path: Path, message: string): never[] {
  report({ path }, message);
  return [];
}

function checkKeys(
  value: Readonly<Record<string, unknown>>,
  known: readonly string[],
  path: Path,
  report: Report,
): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const place = { path: [...path, key], key: true };
    if (notBuiltYet.has(key)) report(place, `"${key}" is not built yet`, 'remove it');
    else report(place, `unknown key "${key}"`, didYouMean(key, known) ?? `one of ${known.join(', ')}`);
  }
}

function listAt(
  value: Readonly<Record<string, unknown>>,
  key: string,
  path: Path,
  report: Report,
): readonly unknown[] {
  const list = value[key];
  if (list === undefined) return [];
  if (Array.isArray(list)) return list;
  report({ path: [...path, key] }, `"${key}" must be a list, not ${kindOf(list)}`);
  return [];
}

function locateUnder(source: YamlSource, prefix: Path): (place: Place) => Position {
  return (place) => source.locate({ ...place, path: [...prefix, ...place.path] });
}
