import type { FolderStore } from '../../capture-store/folder-store.ts';
import type { StreamLogger } from '../../stream/stream-logger.ts';
import type { IngestMetrics } from '../../stream/http/ingest-metrics.ts';
import { createIngestServer, type IngestServerOptions } from '../../stream/http/ingest-server.ts';
import type { Component } from '../lifecycle.ts';
import type { IngestAccess } from './ingest-access.ts';

export interface IngestOptions {
  readonly access: IngestAccess;
  readonly store: FolderStore;
  /** undefined: only captures are taken. */
  readonly events: IngestServerOptions['events'];
  readonly metrics: IngestMetrics;
  readonly logger: StreamLogger;
}

export interface Ingest extends Component {
  /** Known after `start`. */
  url(): string;
}

const renewMs = 30_000;

/** The door for agents, with certificates that may be replaced while it is open. */
export function createIngest(options: IngestOptions): Ingest {
  const { access, store, events, metrics, logger } = options;
  let server: ReturnType<typeof createIngestServer> | undefined;
  let renewal: NodeJS.Timeout | undefined;

  async function renew(): Promise<void> {
    try {
      const tls = await access.tls?.();
      if (tls !== undefined) server?.renew(tls);
    } catch (error) {
      // The ones in use go on being used.
      logger.error({ err: error }, 'the certificates of ingest cannot be read');
    }
  }

  return {
    name: 'ingest',
    async start() {
      await store.prepare();
      server = createIngestServer({
        host: access.host,
        port: access.port,
        tls: await access.tls?.(),
        authenticate: access.authenticate,
        events,
        captures: store,
        metrics,
        logger,
      });
      await server.start();
      if (access.tls !== undefined) renewal = setInterval(() => void renew(), renewMs);
    },
    async stop() {
      clearInterval(renewal);
      await server?.stop();
    },
    url: () => server?.url() ?? '',
  };
}
