/** One JSON object a line on standard output: how the programs of the lab report. */
export function printLine(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
