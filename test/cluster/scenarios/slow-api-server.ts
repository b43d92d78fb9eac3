import { expect, it } from 'vitest';
import { slowApiServer } from '../break-cluster.ts';
import { openEyes } from '../eyes.ts';
import type { Stage } from '../stage.ts';

export function slowApiServerScenario(stage: () => Stage): void {
  it(
    'pages for an API server that has become slow, measured by the agent itself, and tells the end',
    { timeout: 900_000 },
    async () => {
      const eyes = openEyes(stage(), /ApiServer/);
      const sinceMs = Date.now();
      await using slowness = slowApiServer(stage().cluster);
      const page = await eyes.page(sinceMs);
      await slowness[Symbol.asyncDispose]();
      // By its Service or by itself, which is on the node here.
      expect(page.title).toMatch(/ApiServerSlow node1 → (?:kubernetes\.default:443|node1:6443)/);
      await eyes.end(page);
    },
  );
}
