import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../app/package-root.ts';

// Compiling the program is most of a start. Beside the code, not in the shared temporary folder: what lies there is run.
enableCompileCache(join(packageRoot, 'node_modules', '.cache', 'saccade'));

// Only now: what is imported above is compiled without the cache.
const { run } = await import('./run.ts');
const { processTerminal } = await import('./output.ts');
process.exitCode = await run(process.argv.slice(2), processTerminal);
