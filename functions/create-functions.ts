import { resolve } from 'node:path';
import { Secret } from '../source-text/secret.ts';
import { createCallPolicy } from './call-policy.ts';
import type { FunctionConfig } from './config-schema.ts';
import type { EventFunction } from './event-function.ts';
import type { RunnableFunction } from './function-runner.ts';
import { createHttpFunction } from './http-function.ts';
import { loadModuleFunction } from './module-function.ts';

/** A function that cannot even be loaded: the start is refused, nothing is silently left out. */
export class FunctionLoadError extends Error {
  override readonly name = 'FunctionLoadError';
}

/** Paths are relative to `directory`, that of the configuration file. Throws a `FunctionLoadError` with all faults. */
export async function createFunctions(
  configs: readonly FunctionConfig[],
  directory: string,
): Promise<readonly RunnableFunction[]> {
  const loaded = await Promise.allSettled(configs.map((config) => toRunnable(config, directory)));
  const faults = loaded.flatMap((one, index) =>
    one.status === 'rejected' ? [`functions[${index}] ${configs[index]?.name}: ${String(one.reason)}`] : [],
  );
  if (faults.length > 0) throw new FunctionLoadError(faults.join('\n'));
  return loaded.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

async function toRunnable(config: FunctionConfig, directory: string): Promise<RunnableFunction> {
  const { name, timeout: timeoutMs, attempts } = config;
  return { name, call: await toCall(config, directory), policy: createCallPolicy({ timeoutMs, attempts }) };
}

async function toCall(config: FunctionConfig, directory: string): Promise<EventFunction> {
  if (config.module !== undefined) return loadModuleFunction(resolve(directory, config.module));
  const file = config.token_file === undefined ? undefined : resolve(directory, config.token_file);
  const token = file === undefined ? undefined : new Secret({ file }, {});
  return createHttpFunction({ url: config.url ?? '', mode: config.mode, token });
}
