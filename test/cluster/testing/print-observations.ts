import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Registry } from 'prom-client';
import { configSchema } from '../../../app/config/schema.ts';
import { createObserver } from '../../../app/observer.ts';
import { packageRoot } from '../../../app/package-root.ts';

/**
 * The agent's eyes alone, on a node: `node print-observations.ts NODE KUBECONFIG` prints `{"parts"}` when it has
 * started, then each batch as a line of JSON, and at its end `{"metrics"}`.
 */
const [node, kubeconfig] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), 'saccade-observer-'));
const registry = new Registry();
/** Resolves when the line has gone out. */
const print = (line: unknown): Promise<void> =>
  new Promise((resolve) => void process.stdout.write(`${JSON.stringify(line)}\n`, () => resolve()));
const complain = (fields: object, message: string): void =>
  void process.stderr.write(`${message} ${inspect(fields)}\n`);

const observer = createObserver({
  config: configSchema.parse({
    node,
    cluster: 'test',
    captures: { enabled: false },
    kubernetes: {
      kubeconfig,
      labels: { app: { label: 'app' }, egress: { annotation: 'example.com/egress' } },
    },
  }),
  directory,
  dataDirectory: directory,
  bpfDirectory: join(packageRoot, 'bpf'),
  registry,
  logger: { info: () => undefined, warn: complain, error: complain },
  emit: (batch) => void print(batch),
});
process.once('SIGTERM', () => {
  void observer.stop().then(async () => {
    await print({ metrics: await registry.metrics() });
    rmSync(directory, { recursive: true });
    process.exit();
  });
});
await observer.start();
await print({ parts: observer.parts() });
