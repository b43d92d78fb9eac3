import { isAlias, isMap, isPair, isScalar, isSeq, type Document, type ParsedNode } from 'yaml';

export interface PortabilityFault {
  readonly offset: number;
  readonly message: string;
  readonly suggestion: string | undefined;
  /** The document has no plain value that we would trust. */
  readonly fatal: boolean;
}

/**
 * A rule must mean the same wherever it is read: kubectl and PyYAML read YAML 1.1, where `on`, `no`, `y`,
 * `12:30`, `017`, `1_000`, `2026-11-21` and `<<` are not what YAML 1.2 says. So both readings are compared,
 * scalar by scalar. Anchors, aliases and tags are not part of the rule language.
 */
export function portabilityFaults(as12: Document, as11: Document | undefined): PortabilityFault[] {
  const faults: PortabilityFault[] = [];
  if (as12.directives?.yaml.explicit)
    faults.push({
      offset: 0,
      message: 'a %YAML directive is not allowed here',
      suggestion: 'remove it',
      fatal: false,
    });
  compare(as12.contents, as11?.contents ?? null, faults);
  return faults;
}

function compare(a: unknown, b: unknown, faults: PortabilityFault[]): void {
  if (isAlias(a)) {
    faults.push(unsupported(a, 'aliases (*name)'));
  } else if (isScalar(a)) {
    checkMarks(a, faults);
    if (isScalar(b) && !same(a.value, b.value)) faults.push(differs(a, b.value));
  } else if (isMap(a)) {
    checkMarks(a, faults);
    compareItems(a.items, isMap(b) ? b.items : [], faults);
  } else if (isSeq(a)) {
    checkMarks(a, faults);
    compareItems(a.items, isSeq(b) ? b.items : [], faults);
  } else if (isPair(a)) {
    checkKey(a.key, faults);
    if (!isMergeKey(a.key)) compare(a.key, isPair(b) ? b.key : null, faults);
    compare(a.value, isPair(b) ? b.value : null, faults);
  }
}

function compareItems(a: readonly unknown[], b: readonly unknown[], faults: PortabilityFault[]): void {
  for (const [index, item] of a.entries()) compare(item, b[index], faults);
}

function checkMarks(node: { tag?: string; anchor?: string }, faults: PortabilityFault[]): void {
  if (node.tag !== undefined) faults.push(unsupported(node, 'tags (!name)'));
  if (node.anchor !== undefined) faults.push(unsupported(node, 'anchors (&name)'));
}

function checkKey(key: unknown, faults: PortabilityFault[]): void {
  if (isMergeKey(key)) faults.push(unsupported(key, 'merge keys (<<)'));
  if (!isScalar(key)) faults.push({ ...unsupported(key, 'keys that are not plain words'), fatal: true });
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.source === '<<';
}

function unsupported(node: unknown, what: string): PortabilityFault {
  const offset = (node as Partial<ParsedNode>).range?.[0] ?? 0;
  return {
    offset,
    message: `${what} are not part of the rule language`,
    suggestion: 'write it out',
    fatal: true,
  };
}

function differs(
  node: { source?: string; range?: readonly number[] | null },
  other: unknown,
): PortabilityFault {
  const source = node.source ?? '';
  const reading =
    other instanceof Date ? 'a date' : typeof other === 'boolean' ? `the boolean ${other}` : String(other);
  return {
    offset: node.range?.[0] ?? 0,
    message: `"${source}" is read differently by YAML 1.1 (kubectl, PyYAML): as ${reading}`,
    suggestion: `write "${source}" in quotes`,
    fatal: false,
  };
}

function same(a: unknown, b: unknown): boolean {
  return Object.is(a, b);
}
