import { ingestSchema } from '../../stream/http/config-schema.ts';
import { createSaccade } from '../create-saccade.ts';
import { openIngestAccess } from '../ingest/ingest-access.ts';
import { openIngestEyes } from '../ingest/ingest-eyes.ts';
import type { StartReport } from '../screen.ts';
import type { ProcessOptions, SaccadeProcess } from './saccade-process.ts';

/**
 * `saccade server`: everything but the eyes, in one process over one log. Its eyes are agents on other machines, which
 * report over HTTP.
 */
export async function createServerProcess(options: ProcessOptions): Promise<SaccadeProcess> {
  const { loaded } = options;
  const config = loaded.config.ingest ?? ingestSchema.unwrap().parse({});
  const access = await openIngestAccess(config, loaded.directory);
  let ingestUrl = '';
  const saccade = await createSaccade({
    ...options,
    openEyes: openIngestEyes({ access, onListening: (url) => (ingestUrl = url) }),
  });
  return {
    async start() {
      const report = await saccade.start();
      return { statusUrl: report.statusUrl, lines: linesOf(report, ingestUrl) };
    },
    stop: () => saccade.stop(),
  };
}

function linesOf(report: StartReport, ingestUrl: string): readonly string[] {
  return [
    `agents  ${ingestUrl}`,
    `rules   ${report.rules.length}`,
    `tells   ${report.receivers.join(', ')}${report.defaultReceivers ? ' (nothing is configured)' : ''}`,
    `console ${report.consoleUrl ?? 'switched off (console.enabled)'}`,
    `data    ${report.dataDirectory}`,
  ];
}
