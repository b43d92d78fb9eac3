import { Pool, type PoolClient } from 'pg';
import { connectionLimits } from './postgres-database.ts';

export interface PostgresPoolOptions {
  /** Asked when connections are made anew, so that a rotated password takes effect. */
  readonly url: () => Promise<string>;
  /** What the database lists the connections as. */
  readonly name: string;
  readonly maxConnections: number;
  /** Statements that every new connection begins with. */
  readonly firstStatements?: string;
}

/** Connections that are made when they are needed. */
export interface PostgresPool {
  using<T>(work: (client: PoolClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function createPostgresPool(options: PostgresPoolOptions): PostgresPool {
  const { url, name, maxConnections, firstStatements } = options;
  let opened: Promise<Pool> | undefined;

  async function open(): Promise<Pool> {
    const pool = new Pool({
      ...connectionLimits,
      connectionString: await url(),
      application_name: name,
      max: maxConnections,
    });
    // Of a connection that nobody uses; the next one who needs one gets another.
    pool.on('error', () => undefined);
    return pool;
  }

  async function close(): Promise<void> {
    const pool = opened;
    opened = undefined;
    await pool?.then((one) => one.end()).catch(() => undefined);
  }

  async function take(): Promise<PoolClient> {
    opened ??= open();
    try {
      return await (await opened).connect();
    } catch (error) {
      // A refused password may have been rotated, a host may have moved: the next try reads the address again.
      await close();
      throw error;
    }
  }

  const prepared = new WeakSet<PoolClient>();
  return {
    async using(work) {
      const client = await take();
      let failure: Error | undefined;
      try {
        if (firstStatements !== undefined && !prepared.has(client)) await client.query(firstStatements);
        prepared.add(client);
        return await work(client);
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
        throw error;
      } finally {
        // With an error it is thrown away: nobody knows in which state it is.
        client.release(failure);
      }
    },
    close,
  };
}
