import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** One of 127.0.0.1 that was free a moment ago: for who must be told its port, or tell it others, before it starts. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
