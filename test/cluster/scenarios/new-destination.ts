import { expect, it } from 'vitest';
import { openEyes } from '../eyes.ts';
import type { Stage } from '../stage.ts';
import { unknownHost } from '../world.ts';

const program = `fetch('http://${unknownHost}/').then((answer) => process.exit(answer.ok ? 0 : 1))`;

/** The shop's catalog is of those that may not connect to anything new (`egress: strict`). */
export function newDestinationScenario(stage: () => Stage): void {
  it(
    'pages for a new destination outside, by its registered domain and the Deployment, and tells the end',
    { timeout: 900_000 },
    async () => {
      const { cluster } = stage();
      const eyes = openEyes(stage(), /catalog → example\.com/);
      const sinceMs = Date.now();
      await cluster.kubectl([
        ...['-n', 'shop', 'exec', 'deployment/catalog', '-c', 'client', '--', '/usr/bin/node', '-e', program],
      ]);
      const page = await eyes.page(sinceMs);
      expect(page.title).toMatch(/NewExternalDestination catalog → example\.com:80/);
      expect(page.text).toContain('deployment/catalog');
      await eyes.end(page);
      expect(eyes.pages(sinceMs)).toHaveLength(1);
    },
  );
}
