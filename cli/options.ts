import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDurationMs } from '../source-text/quantities.ts';
import { type OutputFormat, outputFormats } from './output.ts';

export const configOption = () => new Option('-c, --config <file>', 'configuration file');
export const dataOption = () => new Option('-d, --data <folder>', 'data folder; default: as configured');
const serverOption = () =>
  new Option('--server <url>', 'ask this console instead of the data folder').env('SACCADE_SERVER');
const tokenFileOption = () =>
  new Option('--token-file <file>', 'file with the token for it; default: SACCADE_TOKEN');
export const namespaceOption = () => new Option('-n, --namespace <namespace>', 'only of this one');
export const outputOption = () =>
  new Option('-o, --output <format>', 'text or json')
    .choices(outputFormats)
    .default('text' satisfies OutputFormat);

/** What every command takes that asks the data folder or, with `--server`, a console: where it is, and how to answer. */
export function withSourceOptions(command: Command): Command {
  return command
    .addOption(configOption())
    .addOption(dataOption())
    .addOption(serverOption())
    .addOption(tokenFileOption())
    .addOption(outputOption());
}

/** `8s`, `10m` → milliseconds. */
export function durationArgument(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new InvalidArgumentError('write a duration such as 8s, 10m or 2h');
  return ms;
}

/** A whole number from 1 to `max`. */
export function countArgument(max: number): (text: string) => number {
  return (text) => {
    const count = /^\d+$/.test(text) ? Number(text) : 0;
    if (count < 1 || count > max) throw new InvalidArgumentError(`write a number from 1 to ${max}`);
    return count;
  };
}

export interface DataFlags {
  readonly config?: string;
  readonly data?: string;
}
/** Of commands that can ask a console as well. */
export interface SourceFlags extends DataFlags {
  readonly server?: string;
  readonly tokenFile?: string;
}
export interface OutputFlags {
  readonly output: OutputFormat;
}
