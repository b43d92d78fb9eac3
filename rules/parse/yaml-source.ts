import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { FaultList, Place, Position } from './faults.ts';
import { portabilityFaults } from './portable-yaml.ts';

/** One parsed file: its plain value, and where each part of it stands. */
export interface YamlSource {
  readonly path: string;
  readonly value: unknown;
  /** Position of a place; of the nearest ancestor that exists if the place does not. */
  locate(place: Place): Position;
}

const maxFileBytes = 1_048_576;

/** Parses YAML 1.2; what YAML 1.1 (kubectl, PyYAML) would read differently is a fault. undefined: not even YAML. */
export function parseYamlSource(path: string, text: string, faults: FaultList): YamlSource | undefined {
  if (Buffer.byteLength(text) > maxFileBytes) {
    faults.add({ path, line: 1, column: 1 }, `the file is larger than ${maxFileBytes} bytes`, 'split it');
    return undefined;
  }
  const lines = new LineCounter();
  const toPosition = (offset: number) => position(path, lines, offset);
  const document = parseBounded(text, lines, '1.2');
  if (document === undefined) {
    faults.add({ path, line: 1, column: 1 }, 'the YAML is nested too deeply');
    return undefined;
  }
  for (const error of document.errors)
    faults.add(toPosition(error.pos[0]), `not valid YAML: ${withoutExcerpt(error.message)}`);
  if (document.errors.length > 0) return undefined;
  const other = parseBounded(text, new LineCounter(), '1.1');
  const differences = portabilityFaults(document, other);
  for (const { offset, message, suggestion } of differences)
    faults.add(toPosition(offset), message, suggestion);
  // Aliases are among the differences; resolving them could throw or multiply.
  if (differences.some((fault) => fault.fatal)) return undefined;
  return {
    path,
    value: document.toJS(),
    locate: (place) => toPosition(offsetOf(document.contents, place, text)),
  };
}

function parseBounded(text: string, lineCounter: LineCounter, version: '1.1' | '1.2'): Document | undefined {
  try {
    return parseDocument(text, { lineCounter, version, prettyErrors: false, logLevel: 'error' });
  } catch (error) {
    // The parser recurses: a file of brackets only exhausts the stack.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function position(path: string, lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { path, line: Math.max(line, 1), column: Math.max(col, 1) };
}

function withoutExcerpt(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/; please use .*$/, '');
}

function offsetOf(root: Node | null, place: Place, text: string): number {
  let node: unknown = root;
  let offset = startOf(root);
  for (const [depth, step] of place.path.entries()) {
    const last = depth === place.path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) return offset;
      node = pair.value;
      offset = (last && place.key) || !hasRange(node) ? startOf(pair.key) : startOf(node);
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (!hasRange(node)) return offset;
      offset = startOf(node);
    } else return offset;
  }
  return offset + innerOffset(node, place, text);
}

/** Characters from the start of a scalar to `place.offset` of its value; 0 where escapes or folding break the count. */
function innerOffset(node: unknown, place: Place, text: string): number {
  if (place.key || !isScalar(node) || typeof node.value !== 'string' || place.offset === undefined) return 0;
  const quote = node.type === 'PLAIN' ? 0 : 1;
  const start = startOf(node) + quote;
  return text.slice(start, start + node.value.length) === node.value ? quote + place.offset : 0;
}

function hasRange(node: unknown): node is Node {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}

function startOf(node: unknown): number {
  return hasRange(node) ? (node.range?.[0] ?? 0) : 0;
}
