import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { countArgument, durationArgument, namespaceOption } from '../options.ts';
import type { CaptureOrder } from '../source/source.ts';

export interface CaptureOrderFlags {
  readonly namespace?: string;
  readonly port?: number;
  readonly before: number;
  readonly during: number;
}

/** What every command takes that asks for packets: between whom, and for how long. */
export function withCaptureOrder(command: Command, during: string): Command {
  return command
    .argument('<workload>', 'e.g. deployment/checkout, or checkout')
    .argument('<peer>', 'its name or address')
    .addOption(namespaceOption())
    .option('--port <port>', 'only this service port', countArgument(65_535))
    .addOption(durationOption('--before <duration>', 'of what the recorder still holds', '10s'))
    .addOption(durationOption('--during <duration>', 'from now on', during));
}

export const captureOrder = (workload: string, peer: string, flags: CaptureOrderFlags): CaptureOrder => ({
  workload,
  peer,
  before_ms: flags.before,
  during_ms: flags.during,
  requested_by: userInfo().username,
  ...(flags.namespace !== undefined && { namespace: flags.namespace }),
  ...(flags.port !== undefined && { service_port: flags.port }),
});

const durationOption = (flags: string, description: string, standard: string) =>
  new Option(flags, description).argParser(durationArgument).default(durationArgument(standard), standard);
