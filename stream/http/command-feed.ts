import type { CloudEvent } from '../cloud-event.ts';
import type { EmbeddedLog } from '../embedded/embedded-log.ts';
import { subscribe, type Subscription } from '../embedded/subscribe.ts';
import { captureRequestedType } from '../events/capture.ts';
import type { StreamRecord } from '../port.ts';
import type { AgentIdentity } from './admission.ts';
import { identityOf } from './stream-identity.ts';

/** One agent's end of its stream; `close` is called when another connection of the same agent takes its place. */
export interface CommandSink {
  send(id: string, event: CloudEvent): void;
  /** The agent has everything up to here, though there was nothing for it. */
  place(id: string): void;
  close(): void;
}

export interface CommandFeed {
  start(): void;
  stop(): Promise<void>;
  /** Why this agent may not connect or send: another one of its name is connected. */
  conflict(agent: AgentIdentity): string | undefined;
  /** Sends what came after `lastId`, then what comes; returns the way to end it. */
  connect(agent: AgentIdentity, lastId: string | undefined, sink: CommandSink): () => void;
  connected(): readonly string[];
}

export interface CommandFeedOptions {
  readonly log: EmbeddedLog;
  readonly onFatal: (error: Error) => void;
}

interface Connection {
  readonly agent: AgentIdentity;
  readonly sink: CommandSink;
  position: number;
  open: boolean;
}

const batchRecords = 256;

/**
 * Commands down, by node: what the log holds for it after the place that it has noted, then live. The place is
 * `LOG/OFFSET`; of another log (a server that began anew) all of it is news. Without a place an agent begins now:
 * packets from before it ran were never recorded.
 */
export function createCommandFeed(options: CommandFeedOptions): CommandFeed {
  const { log } = options;
  const identity = identityOf(log, 'http/commands');
  const connections = new Map<string, Connection>();
  let live: Subscription | undefined;

  const idOf = (offset: number): string => `${identity}/${offset}`;

  function startOf(lastId: string | undefined): number {
    if (lastId === undefined) return log.records.lastOffset();
    const [known, offset] = lastId.split('/');
    return known === identity && /^\d{1,15}$/.test(offset ?? '') ? Number(offset) : 0;
  }

  function offer(connection: Connection, record: StreamRecord): void {
    if (!connection.open || record.offset <= connection.position) return;
    connection.position = record.offset;
    if (isFor(connection.agent.node, record.event)) connection.sink.send(idOf(record.offset), record.event);
  }

  /** In steps, so that an agent that was away for long holds nobody up. */
  function catchUp(connection: Connection): void {
    if (!connection.open) return;
    const entries = log.records.read(['captures'], connection.position, batchRecords);
    for (const entry of entries) {
      if (entry.kind === 'record') offer(connection, entry.record);
      else connection.position = entry.offset;
    }
    if (entries.length === 0) connection.sink.place(idOf(connection.position));
    else setImmediate(() => catchUp(connection));
  }

  function close(connection: Connection): void {
    connection.open = false;
    if (connections.get(connection.agent.node) === connection) connections.delete(connection.agent.node);
  }

  return {
    start() {
      live = subscribe({
        log,
        topics: ['captures'],
        fromOffset: 'latest',
        handler(record) {
          const { node } = (record.event.data ?? {}) as { readonly node?: unknown };
          const connection = typeof node === 'string' ? connections.get(node) : undefined;
          // Read from the log again, at its own place: it may be still catching up.
          if (connection !== undefined) catchUp(connection);
        },
        onError: options.onFatal,
      });
    },
    async stop() {
      for (const connection of connections.values()) connection.sink.close();
      connections.clear();
      await live?.stop();
    },
    conflict(agent) {
      const other = connections.get(agent.node);
      if (other === undefined || other.agent.instance === agent.instance) return undefined;
      return `another agent is connected as node ${agent.node}: give each a name of its own ("node")`;
    },
    connect(agent, lastId, sink) {
      const before = connections.get(agent.node);
      if (before !== undefined) {
        close(before);
        before.sink.close();
      }
      const connection = { agent, sink, position: startOf(lastId), open: true };
      connections.set(agent.node, connection);
      catchUp(connection);
      return () => close(connection);
    },
    connected: () => [...connections.keys()],
  };
}

function isFor(node: string, event: CloudEvent): boolean {
  return event.type === captureRequestedType && (event.data as { readonly node?: unknown }).node === node;
}
