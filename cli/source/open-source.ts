import type { SourceFlags } from '../options.ts';
import { createLocalSource } from './local-source.ts';
import { createServerClient } from './server-client.ts';
import { createServerSource } from './server-source.ts';
import type { Source } from './source.ts';

/** The console that `--server` names, else the data folder of this machine. */
export function openSource(flags: SourceFlags): Source {
  if (flags.server === undefined) return createLocalSource(flags);
  return createServerSource(createServerClient({ ...flags, server: flags.server }, process.env));
}
