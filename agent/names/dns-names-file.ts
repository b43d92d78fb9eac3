import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { AgentClock } from '../clock.ts';
import { readBounded } from '../proc/read-bounded.ts';
import type { DnsNameRecord, DnsNames } from './dns-names.ts';

const recordSchema = z.object({
  client: z.string().regex(/^\d{1,20}$/),
  ip: z.string(),
  name: z.string(),
  heldUntilMs: z.number(),
  lastSeenMs: z.number(),
});
const fileSchema = z.object({ boot_id: z.string(), names: z.array(recordSchema) });

export interface DnsNamesFileOptions {
  readonly path: string;
  readonly dnsNames: DnsNames;
  readonly clock: Pick<AgentClock, 'after'>;
  /** Clients are told apart by cookies that are valid within one boot only. */
  readonly bootId?: string;
  readonly saveEveryMs?: number;
  readonly maxRecords?: number;
}

const maxFileBytes = 16 << 20;

/**
 * Keeps what clients looked up over a restart of the agent. A connection outlives its lookup, and the name is part of
 * an alert's key: without it, a firing alert would go on under the bare address and page once more.
 */
export class DnsNamesFile {
  readonly #options: DnsNamesFileOptions;
  readonly #bootId: string;
  #savedRevision = 0;
  #cancel: (() => void) | undefined;
  #saving: Promise<void> = Promise.resolve();
  #failures = 0;
  #refused = 0;

  constructor(options: DnsNamesFileOptions) {
    this.#options = options;
    this.#bootId = options.bootId ?? readBootId();
  }

  /** Restores, then saves from time to time. A file that is damaged or of another boot is left aside and counted. */
  start(): void {
    const text = readBounded(this.#options.path, maxFileBytes);
    if (text !== undefined) this.#restore(text);
    this.#savedRevision = this.#options.dnsNames.revision;
    this.#saveLater();
  }

  /** Saves for the last time. Idempotent; never rejects. */
  async stop(): Promise<void> {
    if (this.#cancel === undefined) return;
    this.#cancel();
    this.#cancel = undefined;
    await this.#save();
  }

  stats(): Readonly<Record<string, number>> {
    return { names_file_failures: this.#failures, names_file_refused: this.#refused };
  }

  #restore(text: string): void {
    const parsed = fileSchema.safeParse(parseJson(text));
    if (parsed.success && parsed.data.boot_id === this.#bootId)
      this.#options.dnsNames.restore(parsed.data.names);
    else this.#refused++;
  }

  #saveLater(): void {
    this.#cancel = this.#options.clock.after(this.#options.saveEveryMs ?? 10_000, () => {
      this.#saveLater();
      void this.#save();
    });
  }

  #save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#saveIfChanged());
    return this.#saving;
  }

  async #saveIfChanged(): Promise<void> {
    const { path, dnsNames, maxRecords = 20_000 } = this.#options;
    const { revision } = dnsNames;
    if (revision === this.#savedRevision) return;
    const names: readonly DnsNameRecord[] = [...dnsNames.records()].slice(-maxRecords);
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(`${path}.new`, JSON.stringify({ boot_id: this.#bootId, names }), { mode: 0o600 });
      await rename(`${path}.new`, path);
      this.#savedRevision = revision;
    } catch {
      this.#failures++; // A full disk must not stop the naming; the next save tries again.
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
