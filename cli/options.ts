import { InvalidArgumentError, Option } from 'commander';
import { parseDurationMs } from '../source-text/quantities.ts';
import { type OutputFormat, outputFormats } from './output.ts';

export const configOption = () => new Option('-c, --config <file>', 'configuration file');
export const dataOption = () => new Option('-d, --data <folder>', 'data folder; default: as configured');
export const outputOption = () =>
  new Option('-o, --output <format>', 'text or json')
    .choices(outputFormats)
    .default('text' satisfies OutputFormat);

/** `8s`, `10m` → milliseconds. */
export function durationArgument(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new InvalidArgumentError('write a duration such as 8s, 10m or 2h');
  return ms;
}

export interface DataFlags {
  readonly config?: string;
  readonly data?: string;
}
export interface OutputFlags {
  readonly output: OutputFormat;
}
