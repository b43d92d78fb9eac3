import { printLine } from '../../../test/lab/print-line.ts';
import { untilOrphaned } from '../../../test/lab/until-orphaned.ts';
import { systemClock } from '../../clock.ts';
import { createApiServerProbe } from '../apiserver-probe.ts';
import { apiServerSettingsSchema } from '../apiserver-settings.ts';

/** Watches the API server at a URL and prints `{"totals": …}` twice a second: to be starved from outside. */
const [url = ''] = process.argv.slice(2);
const reportMs = 500;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const targets = [{ name: 'prod', url, paths: ['/readyz'] }];
const probe = createApiServerProbe({
  settings: { apiserver: apiServerSettingsSchema.parse({ interval: '200ms', timeout: '1s', targets }) },
  environment: { variables: {}, serviceAccountDirectory: '/nonexistent' },
});
const totals: Record<string, number> = {};

await probe.start({ clock: systemClock, logger: silent, onCandidate: () => undefined });
const reports = setInterval(() => {
  for (const { fields } of probe.collect())
    for (const [name, value] of Object.entries(fields)) totals[name] = (totals[name] ?? 0) + value;
  printLine({ totals, health: probe.health().counters });
}, reportMs);
untilOrphaned(60_000).addEventListener('abort', () => {
  clearInterval(reports);
  void probe.stop().then(() => process.exit());
});
