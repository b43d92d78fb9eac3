import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../app/package-root.ts';

// Compiling the program is most of a start. Beside the code, not in the shared temporary folder: what lies there is run.
const compileCache = join(packageRoot, 'node_modules', '.cache', 'saccade');
enableCompileCache(compileCache);
// Threads read it from here only: the one that the console asks starts in half the time.
process.env['NODE_COMPILE_CACHE'] ??= compileCache;

// Only now: what is imported above is compiled without the cache.
const { run } = await import('./run.ts');
const { processTerminal } = await import('./output.ts');
process.exitCode = await run(process.argv.slice(2), processTerminal);

// A client library may lose track of a connection that it made while it was closed (kafkajs does when a broker comes
// back). What is done must not wait for it; unref'd, this costs a program that ends by itself nothing.
setTimeout(() => process.exit(), 2_000).unref();
