import { expect, it } from 'vitest';
import { slowApiServer } from '../break-cluster.ts';
import { openEyes } from '../eyes.ts';
import type { Stage } from '../stage.ts';

export function slowApiServerScenario(stage: () => Stage): void {
  it(
    'pages for an API server that has become slow, measured by the agent itself, and tells the end',
    { timeout: 600_000 },
    async () => {
      const eyes = openEyes(stage(), /ApiServer/);
      const sinceMs = Date.now();
      await using slowness = slowApiServer(stage().cluster);
      const page = await eyes.page(sinceMs);
      await slowness[Symbol.asyncDispose]();
      expect(page.title).toMatch(/ApiServerSlow .*kubernetes\.default/);
      await eyes.end(page);
    },
  );
}
