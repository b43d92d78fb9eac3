import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import type { FactSourceConfig, FunctionConfig } from '../functions/config-schema.ts';
import type { FactSource } from '../functions/fact-source.ts';
import { createFactSources, createFunctions, FunctionLoadError } from '../functions/create-functions.ts';
import { createFunctionRunner, type RunnableFunction } from '../functions/function-runner.ts';
import { createFunctionStage, type FunctionStage } from '../functions/function-stage.ts';
import type { Producer } from '../stream/port.ts';
import type { Component } from './lifecycle.ts';
import { StartError } from './start-error.ts';

/** What users brought along. */
export interface UserCode {
  readonly functions: readonly RunnableFunction[];
  readonly facts: readonly FactSource[];
}

/** Loads it; throws a `StartError` that says what cannot be loaded. */
export async function loadUserCode(
  config: { readonly functions: readonly FunctionConfig[]; readonly facts: readonly FactSourceConfig[] },
  directory: string,
): Promise<UserCode> {
  try {
    return {
      functions: await createFunctions(config.functions, directory),
      facts: await createFactSources(config.facts, directory),
    };
  } catch (error) {
    if (!(error instanceof FunctionLoadError)) throw error;
    throw new StartError(
      `functions cannot be loaded:\n${error.message}`,
      'Nothing was started. Correct the module or its path in the configuration and start again.',
      { exitCode: 2, cause: error },
    );
  }
}

export interface UserFunctionsOptions {
  readonly configs: readonly FunctionConfig[];
  readonly functions: readonly RunnableFunction[];
  readonly producer: Producer;
  readonly registry: Registry;
  readonly logger: Logger;
}

/** The stage that keeps what they have still to be given, and the runner that calls them. */
export function createUserFunctions(options: UserFunctionsOptions): {
  readonly stage: FunctionStage;
  readonly runner: Component;
} {
  const { logger, registry, producer, functions } = options;
  const calls = new Counter({
    name: 'saccade_function_calls_total',
    help: 'Events that a user’s function was given, by what came of it.',
    labelNames: ['function', 'outcome'],
    registers: [registry],
  });
  const stage = createFunctionStage(options.configs);
  const runner = createFunctionRunner({
    stage,
    functions,
    producer,
    nowMs: () => Date.now(),
    onCalled: (called) => {
      calls.inc({ function: called.function, outcome: called.outcome });
      if (called.outcome === 'dead') logger.warn(called, 'a function did not take an event');
    },
    onAppendFailure: (error) => logger.error({ err: error }, 'the outcome of a function waits for the log'),
  });
  return { stage, runner };
}
