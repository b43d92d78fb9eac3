import { startCluster } from '../cluster.ts';

/** Owns a cluster until somebody kills it: `owner.ts NAME`. */
const cluster = await startCluster({ name: process.argv[2] ?? '' });
process.stdout.write('started\n');
setInterval(() => void cluster.folder, 60_000);
