/** One fault in a file that a person wrote. `line` and `column` count from 1. */
export interface Fault {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly suggestion: string | undefined;
}

/** `path:line:column: message (suggestion)`, as compilers do. */
export function formatFault(fault: Fault): string {
  const hint = fault.suggestion === undefined ? '' : ` (${fault.suggestion})`;
  return `${fault.path}:${fault.line}:${fault.column}: ${fault.message}${hint}`;
}
