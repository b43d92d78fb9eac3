import { lookup, Resolver } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { printLine } from './print-line.ts';
import { untilOrphaned } from './until-orphaned.ts';

/**
 * Looks names up, one after the other and all over again: `dns-client.ts --how getaddrinfo --count 3 name …`. `how`:
 * `getaddrinfo` is the C library with search path, `c-ares` asks for A records only. `--rate`: lookups begun a second;
 * 0: each after the one before. Prints `{"looked_up": name, "outcome": "found" | code}` for each, then `{"done": n}`.
 */
const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    how: { type: 'string', default: 'getaddrinfo' },
    count: { type: 'string', default: '1' },
    rate: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '120' },
    timeout: { type: 'string', default: '1000' },
    tries: { type: 'string', default: '2' },
    /** For c-ares; without: those of /etc/resolv.conf. */
    server: { type: 'string' },
  },
});
const ended = untilOrphaned(Number(values.seconds) * 1000);
const cares = new Resolver({ timeout: Number(values.timeout), tries: Number(values.tries) });
if (values.server !== undefined) cares.setServers([values.server]);
const gapMs = Number(values.rate) > 0 ? 1_000 / Number(values.rate) : undefined;

async function lookUp(name: string): Promise<void> {
  const work = values.how === 'c-ares' ? cares.resolve4(name) : lookup(name, { all: true });
  const outcome = await work.then(
    () => 'found',
    (error: unknown) => (error as { code?: string }).code ?? 'error',
  );
  printLine({ looked_up: name, outcome });
}

const begun: Promise<void>[] = [];
const startedMs = performance.now();
for (let index = 0; index < Number(values.count) * names.length && !ended.aborted; index++) {
  const work = lookUp(names[index % names.length] ?? '');
  begun.push(work);
  if (gapMs === undefined) await work;
  else await sleep(Math.max(0, startedMs + (index + 1) * gapMs - performance.now()));
}
await Promise.all(begun);
printLine({ done: begun.length });
process.exit();
