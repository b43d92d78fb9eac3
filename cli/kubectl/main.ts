import { processTerminal } from '../output.ts';
import { runPlugin } from './run-plugin.ts';

process.exitCode = await runPlugin(process.argv.slice(2), processTerminal, process.env);

// Connections of the client library may linger; what is done must not wait for them.
setTimeout(() => process.exit(), 1_000).unref();
