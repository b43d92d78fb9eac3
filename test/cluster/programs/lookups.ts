import { Resolver } from 'node:dns/promises';

/** Looks a name up at the resolver of the pod, all over again: `lookups.ts NAME [LOOKUPS/S] [SECONDS]`. */
const [name = '', rate = '10', seconds = '100000'] = process.argv.slice(2);
const resolver = new Resolver({ timeout: 2_000, tries: 2 });
const maxWaiting = 100;
let waiting = 0;
let counts = { answered: 0, failed: 0, error: '' };

async function lookUp(): Promise<void> {
  if (waiting >= maxWaiting) return;
  waiting++;
  try {
    await resolver.resolve4(name);
    counts.answered++;
  } catch (error) {
    counts = { ...counts, failed: counts.failed + 1, error: (error as Error).message };
  } finally {
    waiting--;
  }
}

setInterval(() => void lookUp(), 1000 / Number(rate));
setInterval(() => {
  process.stdout.write(`${JSON.stringify({ at_ms: Date.now(), ...counts })}\n`);
  counts = { answered: 0, failed: 0, error: '' };
}, 1000);
setTimeout(() => process.exit(0), Number(seconds) * 1000);
process.once('SIGTERM', () => process.exit(0));
