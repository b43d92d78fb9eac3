import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { sketchCountsOf, sketchQuantile } from '../../signals/sketch.ts';
import { LabProcess } from '../../test/lab/lab-process.ts';

const program = new URL('testing/watch-process.ts', import.meta.url).pathname;
/** What `ApiServerSlow` takes for slow at the least. */
const slowUs = 250_000;
/** Longer than the process runs at a time, so that it stands still within most requests. */
const answersAfterMs = 60;

async function startServer(): Promise<string> {
  const server = createServer((_request, response) => {
    setTimeout(() => response.end('ok'), answersAfterMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function totalsOf(watching: LabProcess): Record<string, number> {
  const last = watching.jsonLines.findLast((line) => 'totals' in line);
  return (last?.['totals'] ?? {}) as Record<string, number>;
}

it('an agent that gets hardly any CPU does not tell its own stalls as those of a server', async () => {
  const url = await startServer();
  const watching = new LabProcess(spawn(process.execPath, [program, url]), 'the watching process');
  onTestFinished(async () => void (await watching.stop()));
  await watching.waitForLine((line) => line.includes('"fresh_us'), 20_000);

  // What a CPU limit of five percent does, in a form that needs no cgroup.
  const deadline = performance.now() + 25_000;
  while ((totalsOf(watching)['held_up'] ?? 0) < 8 && performance.now() < deadline) {
    watching.pause();
    await sleep(380);
    watching.resume();
    await sleep(20);
  }

  const totals = totalsOf(watching);
  // How many depends on what the requests met; without any, nothing was starved.
  expect(totals['held_up']).toBeGreaterThan(0);
  expect(totals['failures']).toBe(0);
  for (const sketch of ['fresh_us', 'warm_us'])
    expect(sketchQuantile(sketchCountsOf(totals, sketch), 0.99), sketch).not.toBeGreaterThanOrEqual(slowUs);
}, 60_000);
