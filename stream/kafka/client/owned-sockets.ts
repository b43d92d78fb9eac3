import net from 'node:net';
import tls from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const keepAliveDelayMs = 60_000;

/**
 * The sockets of one kafkajs client, so that all of them end with it. kafkajs forgets some: two requests that find
 * a connection closed each open one and only the later is kept; a broker that closed a connection is taken off the
 * list together with its other connection; a retry that outlives `disconnect` connects again.
 */
export class OwnedSockets {
  readonly #open = new Set<net.Socket>();
  #closed = false;

  /** For kafkajs. Throws once closed: nothing connects any more. */
  readonly create: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.#closed) throw new Error('the client is closed');
    const socket = ssl
      ? tls.connect({ host, port, ...(net.isIP(host) === 0 && { servername: host }), ...ssl }, onConnect)
      : net.connect({ host, port }, onConnect);
    socket.setKeepAlive(true, keepAliveDelayMs);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  };

  get size(): number {
    return this.#open.size;
  }

  /** Ends those that are left. As an error, because kafkajs stops the timers of a connection only then. */
  close(): void {
    this.#closed = true;
    for (const socket of this.#open) socket.destroy(new Error('the client is closed'));
  }

  /** Lets `disconnect` say goodbye for a while; then whatever it waits for fails, and what it forgot is ended. */
  async closeAfter(disconnect: () => Promise<unknown>, patienceMs: number): Promise<void> {
    const patience = setTimeout(() => this.close(), patienceMs);
    try {
      await disconnect();
    } finally {
      clearTimeout(patience);
      this.close();
    }
  }
}
