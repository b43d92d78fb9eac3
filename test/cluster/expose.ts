import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { ClusterNode } from './cluster-node.ts';
import { clusterPlan } from './cluster-plan.ts';

/** Something of this machine, seen from the cluster. */
export interface Exposed extends AsyncDisposable {
  /** `203.0.113.1`, and the same port as here. */
  readonly address: string;
  readonly port: number;
}

/** Something of the cluster, seen from this machine. */
export interface Reached extends AsyncDisposable {
  readonly port: number;
}

/**
 * Puts a port of this machine's loopback into the cluster's outside world. The two share no network: what comes in there
 * goes through a socket in the cluster's folder.
 */
export async function expose(cluster: ClusterNode, port: number): Promise<Exposed> {
  const path = join(cluster.folder, `exposed-${port}.sock`);
  const server = createServer((socket) => {
    const onward = connect(port, '127.0.0.1');
    socket.on('error', () => onward.destroy()).on('close', () => onward.destroy());
    onward.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  });
  server.listen(path);
  await once(server, 'listening');
  const address = clusterPlan.worldAddress;
  const [command = '', ...words] = ['setpriv', '--pdeathsig', 'KILL', '--', ...cluster.enteringWorld];
  const listen = `TCP-LISTEN:${port},bind=${address},reuseaddr,fork`;
  const relay = spawn(command, [...words, 'socat', listen, `UNIX-CONNECT:${path}`], { stdio: 'ignore' });
  return {
    address,
    port,
    async [Symbol.asyncDispose]() {
      relay.kill('SIGKILL');
      server.close();
    },
  };
}

/** A port of this machine's loopback that leads to `address:port` as the node reaches it: a Service, a pod. */
export async function reach(cluster: ClusterNode, address: string, port: number): Promise<Reached> {
  const [command = '', ...words] = ['setpriv', '--pdeathsig', 'KILL', '--', ...cluster.enteringNetwork];
  const server = createServer((socket) => {
    const relay = spawn(command, [...words, 'socat', 'STDIO', `TCP:${address}:${port}`], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const end = (): void => void relay.kill('SIGKILL');
    socket.on('error', end).on('close', end);
    relay.stdin.on('error', end);
    relay.on('exit', () => socket.destroy());
    socket.pipe(relay.stdin);
    relay.stdout.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: portOf(server), [Symbol.asyncDispose]: async () => void server.close() };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
