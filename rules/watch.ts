import { watch as watchFileSystem, type FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type CompileOptions, type CompileResult, type RuleFile } from './compile.ts';
import type { RuleFault, RuleSet } from './compiled-rule.ts';
import { compileLoaded, loadRuleFiles } from './load.ts';

export interface RuleWatcherOptions extends CompileOptions {
  readonly sources: readonly string[];
  /** The rules that run now: a change is a difference to their files. */
  readonly current: RuleSet;
  readonly onRules: (ruleSet: RuleSet, warnings: readonly string[]) => void;
  /** A broken change: the old rules go on. Told once for each change, not at every look. */
  readonly onFaults: (faults: readonly RuleFault[]) => void;
  /** Editors write in several steps. Milliseconds. */
  readonly debounceMs?: number;
  /** Where the file system reports nothing (NFS, some container mounts) changes are found by looking. Milliseconds. */
  readonly pollMs?: number;
}

export interface RuleWatcherCounters {
  readonly looks: number;
  readonly reloads: number;
  readonly refused: number;
  /** Directories that could not be watched: there only polling helps. */
  readonly unwatched: number;
}

/**
 * Picks up changed rules. One look at a time; a change during a look causes another one after it, so the last state
 * of the files is always seen. `stop` waits for the look under way.
 */
export class RuleWatcher {
  readonly #options: RuleWatcherOptions;
  readonly #watchers: FSWatcher[] = [];
  #signature: string;
  #debounce: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;
  #look: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #counters = { looks: 0, reloads: 0, refused: 0, unwatched: 0 };

  constructor(options: RuleWatcherOptions) {
    this.#options = options;
    this.#signature = signatureOf(options.current.files, []);
  }

  get counters(): RuleWatcherCounters {
    return { ...this.#counters };
  }

  async start(): Promise<void> {
    for (const directory of await directoriesOf(this.#options.sources)) this.#watchDirectory(directory);
    this.#poll = setInterval(() => void this.look(), this.#options.pollMs ?? 10_000);
    this.#poll.unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#poll);
    clearTimeout(this.#debounce);
    for (const watcher of this.#watchers.splice(0)) watcher.close();
    await this.#look;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Looks at the files now, e.g. on SIGHUP. Resolves when what they held at the call has been dealt with. */
  async look(): Promise<void> {
    if (this.#look !== undefined) {
      this.#again = true;
      return this.#look;
    }
    this.#look = this.#lookUntilSettled();
    try {
      await this.#look;
    } finally {
      this.#look = undefined;
    }
  }

  async #lookUntilSettled(): Promise<void> {
    do {
      this.#again = false;
      await this.#lookOnce();
    } while (this.#again && !this.#stopped);
  }

  async #lookOnce(): Promise<void> {
    this.#counters.looks++;
    const loaded = await loadRuleFiles(this.#options.sources);
    const signature = signatureOf(loaded.files, loaded.faults);
    if (this.#stopped || signature === this.#signature) return;
    this.#signature = signature;
    this.#tell(compileLoaded(loaded, this.#options));
  }

  #tell(result: CompileResult): void {
    if (result.ok) {
      this.#counters.reloads++;
      this.#options.onRules(result.ruleSet, result.warnings);
    } else {
      this.#counters.refused++;
      this.#options.onFaults(result.faults);
    }
  }

  #watchDirectory(directory: string): void {
    try {
      const watcher = watchFileSystem(directory, { recursive: true, persistent: false }, () => this.#soon());
      watcher.on('error', () => this.#counters.unwatched++);
      this.#watchers.push(watcher);
    } catch {
      // Gone, or out of inotify watches: the poll still finds changes.
      this.#counters.unwatched++;
    }
  }

  #soon(): void {
    if (this.#stopped) return;
    clearTimeout(this.#debounce);
    this.#debounce = setTimeout(() => void this.look(), this.#options.debounceMs ?? 200);
  }
}

/** Directories, not files: editors and ConfigMaps replace files, and a watch would stay on the old inode. */
async function directoriesOf(sources: readonly string[]): Promise<ReadonlySet<string>> {
  const directories = new Set<string>();
  for (const source of sources) {
    const fixed = source.slice(0, firstWildcard(source));
    const info = await stat(fixed).catch(() => undefined);
    directories.add(info?.isDirectory() ? fixed : dirname(fixed));
  }
  return directories;
}

/** Up to the last `/` before the first wildcard of a glob; the whole of a plain path. */
function firstWildcard(source: string): number {
  const wildcard = source.search(/[*?{[]/);
  return wildcard < 0 ? source.length : source.lastIndexOf('/', wildcard) + 1;
}

function signatureOf(files: readonly RuleFile[], faults: readonly RuleFault[]): string {
  return JSON.stringify([files.map(({ path, text }) => [path, text]), faults]);
}
