import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { type KubeConfig, PortForward } from '@kubernetes/client-node';
import type { ConsolePod } from './find-console.ts';

/** A port of this machine's loopback that leads to a port of a pod, through the API server, for this process. */
export interface Tunnel extends AsyncDisposable {
  readonly port: number;
  /** Why the last connection did not come about; undefined: all did. */
  refusal(): string | undefined;
}

const maxConnections = 16;

/** One connection to the API server for each to the port, as `kubectl port-forward` does it. */
export async function openTunnel(config: KubeConfig, { namespace, pod, port }: ConsolePod): Promise<Tunnel> {
  const forward = new PortForward(config);
  const sockets = new Set<Socket>();
  let refused: string | undefined;

  async function lead(socket: Socket): Promise<void> {
    sockets.add(socket);
    const errors = new PassThrough().on('data', (text: Buffer) => {
      refused = text.toString().trim();
      socket.destroy();
    });
    // What comes before the tunnel stands waits in the socket.
    const input = new PassThrough();
    try {
      const way = await forward.portForward(namespace, pod, [port], socket, errors, input);
      const web = typeof way === 'function' ? way() : way;
      web?.on('close', () => socket.destroy());
      socket.on('close', () => web?.close());
      socket.pipe(input);
    } catch (error) {
      refused = messageOf(error);
      socket.destroy();
    }
  }

  const server = createServer((socket) => {
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    void lead(socket);
  });
  server.maxConnections = maxConnections;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    refusal: () => refused,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** A WebSocket that does not come about rejects with an event. */
function messageOf(error: unknown): string {
  const { message, error: inner } = error as {
    readonly message?: string;
    readonly error?: { message?: string };
  };
  return message ?? inner?.message ?? String(error);
}
