import { createFolderStore, type FolderStore } from '../../capture-store/folder-store.ts';
import { createAgentAdmission } from '../../stream/http/admission.ts';
import { createCommandFeed, type CommandFeed } from '../../stream/http/command-feed.ts';
import { createTakeEvents } from '../../stream/http/events-route.ts';
import { createPrometheusIngestMetrics } from '../../stream/http/ingest-metrics.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { OpenEyes } from '../eyes.ts';
import { capturesDirectory } from '../open-log.ts';
import type { PartReport } from '../part-report.ts';
import { createIngest } from './create-ingest.ts';
import type { IngestAccess } from './ingest-access.ts';
import { createCaptureLink } from './link-capture.ts';

export interface IngestEyesOptions {
  readonly access: IngestAccess;
  /** Called when it listens. */
  readonly onListening: (url: string) => void;
}

/** The eyes of a server are its agents. */
export function openIngestEyes({ access, onListening }: IngestEyesOptions): OpenEyes {
  return ({ loaded, log, registry, logger, nameBatch, note, pressure, onFatal }) => {
    const store = openFolderStore(loaded);
    const commands = createCommandFeed({ log, onFatal });
    let observed = 0;
    const admit = createAgentAdmission({
      nameBatch(batch) {
        const named = nameBatch(batch);
        note(named);
        observed += 1;
        return named;
      },
      linkCapture: createCaptureLink(loaded, store),
      nowMs: () => Date.now(),
    });
    const ingest = createIngest({
      access,
      store,
      events: { take: createTakeEvents({ producer: log, admit, pressure }), commands },
      metrics: createPrometheusIngestMetrics(registry, () => commands.connected().length),
      logger,
    });
    return {
      ...ingest,
      async start() {
        await ingest.start();
        onListening(ingest.url());
      },
      machine: undefined,
      captures: undefined,
      parts: () => [agentsPart(commands)],
      observed: () => observed,
    };
  };
}

/** Where the files of captures are kept that agents bring. */
export function openFolderStore({ config, dataDirectory }: LoadedConfig): FolderStore {
  return createFolderStore({
    directory: capturesDirectory(dataDirectory),
    maxBytes: config.captures.max_bytes,
    maxTotalBytes: config.captures.max_total_bytes,
  });
}

const shownNodes = 10;

function agentsPart(commands: Pick<CommandFeed, 'connected'>): PartReport {
  const nodes = commands.connected();
  const more = nodes.length > shownNodes ? `, and ${nodes.length - shownNodes} more` : '';
  const detail =
    nodes.length === 0
      ? 'none is connected yet'
      : `${nodes.length} connected: ${nodes.slice(0, shownNodes).join(', ')}${more}`;
  return { name: 'agents', state: 'on', detail, reason: '', remedy: '' };
}
