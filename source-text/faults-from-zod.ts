import type { Document, LineCounter, Node } from 'yaml';
import { isMap, isNode, isPair, isScalar } from 'yaml';
import type { z } from 'zod';
import type { Fault } from './fault.ts';
import { suggest } from './suggestion.ts';
import { keysAt } from './schema-keys.ts';

export type ConfigFault = Fault;
type Path = readonly PropertyKey[];

export interface FaultSource {
  readonly path: string;
  readonly document: Document;
  readonly lineCounter: LineCounter;
  /** The schema that failed, for suggestions. */
  readonly schema: z.ZodType;
  /** Where in the document the parsed value lies, e.g. `['notifications']`. */
  readonly base?: Path;
}

/** Every issue of a failed parse at its place in the YAML text; unknown keys get a suggestion. */
export function faultsFromZod(error: z.ZodError, source: FaultSource): readonly ConfigFault[] {
  const faults = error.issues.flatMap((issue) => issueFaults(issue, [], source));
  return faults.sort((left, right) => left.line - right.line || left.column - right.column);
}

function issueFaults(issue: z.core.$ZodIssue, prefix: Path, source: FaultSource): ConfigFault[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const near = suggest(key, keysAt(source.schema, path));
      const suggestion = near === undefined ? undefined : `did you mean "${near}"?`;
      return faultAt([...path, key], `unknown key "${key}"`, suggestion, source, true);
    });
  if (issue.code === 'invalid_union') return unionFaults(issue, path, source);
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return [faultAt(path, missing ? 'is missing' : issue.message, undefined, source, false)];
}

/** Of a union that failed, the branch that came furthest speaks for it. */
function unionFaults(issue: z.core.$ZodIssueInvalidUnion, path: Path, source: FaultSource): ConfigFault[] {
  const depth = (issues: readonly z.core.$ZodIssue[]) => Math.max(...issues.map((one) => one.path.length));
  const [best] = [...issue.errors].sort((left, right) => depth(right) - depth(left));
  if (best === undefined) return [faultAt(path, issue.message, undefined, source, false)];
  return best.flatMap((one) => issueFaults(one, path, source));
}

function faultAt(
  path: Path,
  message: string,
  suggestion: string | undefined,
  source: FaultSource,
  atKey: boolean,
): ConfigFault {
  const offset = offsetOf([...(source.base ?? []), ...path], source.document, atKey);
  const { line, col } = source.lineCounter.linePos(offset);
  const where = path.length === 0 ? '' : `${path.map(String).join('.')}: `;
  return { path: source.path, line, column: col, message: `${where}${message}`, suggestion };
}

/** Start of the deepest node on the path that exists: a missing key is shown at its parent. */
function offsetOf(path: Path, document: Document, atKey: boolean): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const [index, segment] of path.entries()) {
    const step = childOf(node, segment);
    if (step === undefined) break;
    const wanted = atKey && index === path.length - 1 ? step.key : (step.value ?? step.key);
    offset = wanted?.range?.[0] ?? step.key?.range?.[0] ?? offset;
    node = step.value;
  }
  return offset;
}

function childOf(node: unknown, segment: PropertyKey): { key: Node | null; value: Node | null } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === segment);
    return pair && { key: pair.key as Node, value: isNode(pair.value) ? pair.value : null };
  }
  const items: readonly unknown[] =
    isNode(node) && 'items' in node && Array.isArray(node.items) ? node.items : [];
  const item = typeof segment === 'number' ? items[segment] : undefined;
  return isNode(item) ? { key: item, value: item } : undefined;
}
