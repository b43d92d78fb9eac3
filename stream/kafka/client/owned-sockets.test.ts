import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKafkajsClient } from './create-kafkajs-client.ts';
import { OwnedSockets } from './owned-sockets.ts';

/** Takes every connection and never answers. */
let silent: Server;
let port: number;
const accepted: Socket[] = [];

beforeEach(async () => {
  accepted.length = 0;
  silent = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => socket.destroy()).resume();
  }).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  ({ port } = silent.address() as AddressInfo);
});
afterEach(() => silent.close());

describe('OwnedSockets', () => {
  it('ends what the client has forgotten, and lets nothing connect again', async () => {
    const sockets = new OwnedSockets();
    const errors: string[] = [];
    for (let n = 0; n < 2; n += 1)
      sockets
        .create({ host: '127.0.0.1', port, onConnect: () => undefined } as never)
        .on('error', ({ message }) => errors.push(message));
    await expect.poll(() => accepted.length).toBe(2);
    await sockets.closeAfter(() => Promise.resolve(), 1_000);
    await expect.poll(() => accepted.every(({ destroyed }) => destroyed)).toBe(true);
    expect([errors, sockets.size]).toEqual([['the client is closed', 'the client is closed'], 0]);
    expect(() => sockets.create({ host: '127.0.0.1', port, onConnect: () => undefined } as never)).toThrow(
      'closed',
    );
  });
});

describe('a client that is closed while a broker keeps it waiting', () => {
  it('leaves no connection behind', async () => {
    const client = createKafkajsClient({ brokers: [`127.0.0.1:${port}`], clientId: 'test' });
    const sender = client.createSender();
    const writer = client.createFencedWriter('test');
    const failed = [
      sender.send([{ topic: 't', key: 'k', value: null }]),
      writer.write([{ topic: 't', key: 'k', value: null }]),
    ].map((sending) => sending.catch((error: unknown) => (error as { readonly code?: string }).code));
    await expect.poll(() => accepted.length).toBe(2);
    await Promise.all([sender.close(), writer.close()]);
    expect(await Promise.all(failed)).toEqual(['KAFKA_UNREACHABLE', 'KAFKA_UNREACHABLE']);
    await expect.poll(() => accepted.every(({ destroyed }) => destroyed)).toBe(true);
  });
});
