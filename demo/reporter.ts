import { createColors } from 'picocolors';
import type { Colors } from './colors.ts';

/** How the demo tells what happens while it happens. */
export interface Reporter {
  readonly colors: Colors;
  /** One thing done, for good. */
  step(text: string): void;
  /** What is going on now; on a terminal each replaces the one before. */
  progress(text: string): void;
  /** Lines that stand by themselves. */
  show(lines: readonly string[]): void;
  /** One line of JSON for programs. */
  json(line: Readonly<Record<string, unknown>>): void;
}

export interface Output {
  readonly isTerminal: boolean;
  readonly columns: number;
  write(text: string): void;
}

/** For people: colours and a moving line on a terminal, plain lines elsewhere. */
export function createTerminalReporter(output: Output): Reporter {
  const colors = createColors(output.isTerminal && process.env['NO_COLOR'] === undefined);
  let moving = false;
  const settle = (): void => {
    if (moving) output.write('\r\u001b[2K');
    moving = false;
  };
  const line = (text: string): void => {
    settle();
    output.write(`${text}\n`);
  };
  return {
    colors,
    step: (text) => line(`${colors.green('✓')} ${text}`),
    progress: (text) => {
      if (!output.isTerminal) return;
      settle();
      output.write(colors.dim(`  ${text}`.slice(0, output.columns - 1)));
      moving = true;
    },
    show: (lines) => lines.forEach(line),
    json: () => undefined,
  };
}

/** For programs: JSON lines and nothing else. */
export function createJsonReporter(output: Output): Reporter {
  return {
    colors: createColors(false),
    step: () => undefined,
    progress: () => undefined,
    show: () => undefined,
    json: (line) => output.write(`${JSON.stringify(line)}\n`),
  };
}

export function processOutput(stream: NodeJS.WriteStream): Output {
  return {
    isTerminal: stream.isTTY === true,
    // 0 where nobody told the terminal its size.
    columns: stream.columns === undefined || stream.columns === 0 ? 100 : stream.columns,
    write: (text) => void stream.write(text),
  };
}
