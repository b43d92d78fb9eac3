import { spawnSync } from 'node:child_process';
import { clusterFolder, clusterNames, isReady } from './cluster-folder.ts';
import { openCluster, startCluster, stopCluster } from './cluster.ts';

const usage = `node test/cluster/main.ts COMMAND
  up NAME [--hours N]      starts a cluster that stays, 3 hours at most unless told otherwise
  down NAME                takes it down
  list                     the clusters of this machine
  kubectl NAME ARGUMENT …  as its administrator
  helm NAME ARGUMENT …     the same
  enter NAME [COMMAND …]   a shell, or a command, on its node
  import NAME FILE         an image from a docker-archive
`;
const defaultHours = 3;

/** A test cluster by hand: see README.md beside this. */
async function main([command, name = '', ...rest]: readonly string[]): Promise<number> {
  switch (command) {
    case 'up':
      return await up(name, rest);
    case 'down':
      await stopCluster(clusterFolder(name));
      return 0;
    case 'list':
      for (const known of clusterNames()) {
        const state = isReady(clusterFolder(known)) ? 'runs' : 'starting, or left behind';
        process.stdout.write(`${known}\t${state}\n`);
      }
      return 0;
    case 'kubectl':
    case 'helm':
      return runHere(name, [...openCluster(name).enteringNetwork, command, ...rest]);
    case 'enter':
      return runHere(name, [...openCluster(name).entering, ...(rest.length > 0 ? rest : ['bash'])]);
    case 'import':
      process.stdout.write(await openCluster(name).importImage(rest[0] ?? ''));
      return 0;
    default:
      process.stderr.write(usage);
      return 2;
  }
}

async function up(name: string, options: readonly string[]): Promise<number> {
  const hours = options[0] === '--hours' ? Number(options[1]) : defaultHours;
  if (!(hours > 0)) throw new Error('--hours wants a number');
  const cluster = await startCluster({ name, until: 'nobody', lifeSeconds: Math.ceil(hours * 3_600) });
  const again = `node test/cluster/main.ts`;
  process.stdout.write(`cluster '${name}' runs, for ${hours} hours at most
  ${again} kubectl ${name} get pods -A
  ${again} enter ${name}
  ${again} down ${name}
on its node, by hand: ${cluster.entering.join(' ')} env KUBECONFIG=${cluster.kubeconfig} COMMAND
logs: ${cluster.folder}/logs
`);
  return 0;
}

function runHere(name: string, [command = '', ...args]: readonly string[]): number {
  const { environment } = openCluster(name);
  const ended = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...environment } });
  return ended.status ?? 1;
}

process.exitCode = await main(process.argv.slice(2));
