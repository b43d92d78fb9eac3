import { StartError } from '../../app/start-error.ts';

/** What says where the console is and who asks; all else is the command's own. */
export interface PluginFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly saccadeNamespace: string;
  /** `NAMESPACE/NAME`: ask as it. */
  readonly serviceAccount?: string;
}

const names = ['kubeconfig', 'context', 'saccade-namespace', 'service-account'] as const;
type Name = (typeof names)[number];

/** Takes the plug-in's flags from wherever they stand, as kubectl does, and leaves the rest. */
export function takePluginFlags(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): { readonly flags: PluginFlags; readonly rest: readonly string[] } {
  const taken = new Map<Name, string>();
  const rest: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    const [, name = '', value] = /^--([a-z-]+)(?:=(.*))?$/u.exec(arg) ?? [];
    const known = names.find((one) => one === name);
    if (known === undefined) rest.push(arg);
    else taken.set(known, value ?? valueOf(arg, args[(index += 1)]));
  }
  const kubeconfig = taken.get('kubeconfig');
  const context = taken.get('context');
  const serviceAccount = taken.get('service-account') ?? environment['SACCADE_SERVICE_ACCOUNT'];
  return {
    flags: {
      saccadeNamespace: taken.get('saccade-namespace') ?? environment['SACCADE_NAMESPACE'] ?? 'saccade',
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(context !== undefined && { context }),
      ...(serviceAccount !== undefined && { serviceAccount }),
    },
    rest,
  };
}

function valueOf(flag: string, value: string | undefined): string {
  if (value !== undefined && !value.startsWith('-')) return value;
  throw new StartError(`${flag} needs a value`, '', { exitCode: 2 });
}
