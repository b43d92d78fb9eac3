import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { type ConfigFault, faultsFromZod } from '../../source-text/faults-from-zod.ts';
import {
  defaultNotifyConfig,
  type NotifyConfig,
  parseNotifySection,
} from '../../notifiers/config/notify-config.ts';
import { formatFault } from '../../source-text/fault.ts';
import { StartError } from '../start-error.ts';
import { type Config, configSchema } from './schema.ts';

export interface LoadedConfig {
  /** The file it came from; undefined: built-in defaults. */
  readonly path: string | undefined;
  readonly config: Config;
  readonly notify: NotifyConfig;
  /** Relative paths in the configuration are meant from here: the file's folder, without one the working directory. */
  readonly directory: string;
  /** Absolute. */
  readonly dataDirectory: string;
  /** Rule files and folders, absolute. */
  readonly ruleFiles: readonly string[];
}

export interface ConfigFlags {
  /** `--config`: must exist. Else the first of the default places that exists, else built-in defaults. */
  readonly config?: string | undefined;
  readonly data?: string | undefined;
}

/** Where a configuration is looked for when none is named. */
export const defaultConfigPaths: readonly string[] = ['saccade.yaml', '/etc/saccade/saccade.yaml'];

/** Reads and checks the configuration. Throws a `StartError` that lists every fault as file:line:column. */
export function loadConfig(flags: ConfigFlags): LoadedConfig {
  const path = flags.config ?? defaultConfigPaths.find((candidate) => existsSync(candidate));
  const { config, notify } = path === undefined ? defaults() : parseConfig(readConfig(path), path);
  const directory = path === undefined ? process.cwd() : dirname(resolve(path));
  return {
    path,
    config,
    notify,
    directory,
    dataDirectory: dataDirectory(flags.data, config.data, directory),
    ruleFiles: config.rules.files.map((file) => resolve(directory, file)),
  };
}

/** root: /var/lib/saccade; anybody else: ~/.local/state/saccade (XDG base directory specification). */
export function defaultDataDirectory(): string {
  if (process.getuid?.() === 0) return '/var/lib/saccade';
  return join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'saccade');
}

function dataDirectory(flag: string | undefined, configured: string | undefined, base: string): string {
  if (flag !== undefined) return resolve(flag);
  return configured === undefined ? defaultDataDirectory() : resolve(base, configured);
}

function defaults(): { config: Config; notify: NotifyConfig } {
  return { config: configSchema.parse({}), notify: defaultNotifyConfig };
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError(
      `cannot read the configuration ${path}: ${(error as Error).message}`,
      'Check the path and the rights, or start without --config for the built-in defaults.',
      { exitCode: 2, cause: error },
    );
  }
}

function parseConfig(text: string, path: string): { config: Config; notify: NotifyConfig } {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const syntax = document.errors.map((error): ConfigFault => {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    return { path, line, column: col, message: `not valid YAML: ${error.message}`, suggestion: undefined };
  });
  if (syntax.length > 0) throw configError(syntax);

  const own = checkOwn(document);
  const notify = parseNotifySection(document, lineCounter, path);
  if (own.success && notify.ok) return { config: own.data, notify: notify.config };
  const ownFaults = own.success
    ? []
    : faultsFromZod(own.error, { path, document, lineCounter, schema: configSchema });
  throw configError([...ownFaults, ...(notify.ok ? [] : notify.faults)]);
}

/** Everything but `notifications`, which the notifiers check themselves. */
function checkOwn(document: Document): z.ZodSafeParseResult<Config> {
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return configSchema.safeParse(value ?? {});
  const { notifications: _notifications, ...own } = value as Record<string, unknown>;
  return configSchema.safeParse(own);
}

function configError(faults: readonly ConfigFault[]): StartError {
  const lines = faults
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .map((fault) => `  ${formatFault(fault)}`);
  return new StartError(
    `the configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${lines.join('\n')}`,
    'Nothing was started. Correct the file and start again.',
    { exitCode: 2 },
  );
}
