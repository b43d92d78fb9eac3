import { expect, it } from 'vitest';
import { openEyes } from '../eyes.ts';
import type { Stage } from '../stage.ts';

/** Of the world outside; nobody in the shop has asked for it before. */
export const unknownDomain = 'collector.example.com';
const program = `fetch('http://${unknownDomain}/').then((answer) => process.exit(answer.ok ? 0 : 1))`;

/** The shop's catalog is of those that may not connect to anything new (`egress: strict`). */
export function newDestinationScenario(stage: () => Stage): void {
  it(
    'pages for a new destination outside, by its domain and the Deployment, and tells the end',
    { timeout: 600_000 },
    async () => {
      const { cluster } = stage();
      const eyes = openEyes(stage(), new RegExp(unknownDomain));
      const sinceMs = Date.now();
      await cluster.kubectl([
        ...['-n', 'shop', 'exec', 'deployment/catalog', '--', '/usr/bin/node', '-e', program],
      ]);
      const page = await eyes.page(sinceMs);
      expect(page.title).toMatch(/NewExternalDestination catalog → collector\.example\.com:80/);
      expect(page.text).toContain('deployment/catalog');
      await eyes.end(page);
      expect(eyes.pages(sinceMs)).toHaveLength(1);
    },
  );
}
