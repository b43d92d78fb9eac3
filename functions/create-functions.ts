import { resolve } from 'node:path';
import { Secret } from '../source-text/secret.ts';
import { createCallPolicy } from './call-policy.ts';
import type { CalleeConfig, FactSourceConfig, FunctionConfig } from './config-schema.ts';
import type { EventFunction } from './event-function.ts';
import { createFactSource, type FactSource } from './fact-source.ts';
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
  return loadAll('functions', configs, async (config) => {
    const { name, timeout: timeoutMs, attempts } = config;
    return { name, call: await toCall(config, directory), policy: createCallPolicy({ timeoutMs, attempts }) };
  });
}

/** The same for those that are asked for facts. */
export async function createFactSources(
  configs: readonly FactSourceConfig[],
  directory: string,
): Promise<readonly FactSource[]> {
  return loadAll('facts', configs, async (config) => {
    const { name, timeout: timeoutMs } = config;
    return createFactSource({ name, call: await toCall(config, directory), timeoutMs });
  });
}

/** All of them, or an error that names all that cannot be loaded. */
async function loadAll<Config extends { readonly name: string }, Loaded>(
  key: string,
  configs: readonly Config[],
  load: (config: Config) => Promise<Loaded>,
): Promise<readonly Loaded[]> {
  const settled = await Promise.allSettled(configs.map(load));
  const faults = settled.flatMap((one, index) =>
    one.status === 'rejected' ? [`${key}[${index}] ${configs[index]?.name}: ${String(one.reason)}`] : [],
  );
  if (faults.length > 0) throw new FunctionLoadError(faults.join('\n'));
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

async function toCall(config: CalleeConfig, directory: string): Promise<EventFunction> {
  if (config.module !== undefined) return loadModuleFunction(resolve(directory, config.module));
  const file = config.token_file === undefined ? undefined : resolve(directory, config.token_file);
  const token = file === undefined ? undefined : new Secret({ file }, {});
  return createHttpFunction({ url: config.url ?? '', mode: config.mode, token });
}
