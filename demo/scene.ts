import { createLab, type Lab } from '../test/lab/lab.ts';
import { programPath } from '../test/lab/program-path.ts';
import type { LabProcess } from '../test/lab/lab-process.ts';
import { startClient, startDns, startLookups, startServer } from '../test/lab/traffic.ts';

const externalName = 'api.example.com';
const resolverAddress = '198.51.100.53';
const externalAddress = { address4: '203.0.113.10', address6: '2001:db8:ffff::10' };
/** Somebody whom nobody has talked to before. */
export const newcomerName = 'collector.example.net';
const newcomerAddress = { address4: '203.0.113.66', address6: '2001:db8:ffff::66' };
/** Longer than any demo; with `--keep` somebody is looking, and this is the bound. */
const longestSeconds = 3600;

export interface SceneOptions {
  readonly onStep: (text: string) => void;
}

/** A shop in a lab: `checkout` calls `payments` and, by its name, an API outside. */
export class Scene implements AsyncDisposable {
  readonly lab: Lab;
  readonly apiServer: LabProcess;
  readonly resolver: LabProcess;
  readonly #traffic: readonly LabProcess[];

  constructor(lab: Lab, apiServer: LabProcess, resolver: LabProcess, traffic: readonly LabProcess[]) {
    this.lab = lab;
    this.apiServer = apiServer;
    this.resolver = resolver;
    this.#traffic = traffic;
  }

  /** Requests sent so far, by the clients' own count. */
  get requests(): number {
    return this.#traffic
      .map((client) => Number(client.latestJson?.['requests'] ?? 0))
      .reduce((a, b) => a + b, 0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.lab[Symbol.asyncDispose]();
  }
}

/** The network alone, which takes `folder` away with it; `startTraffic` fills it. Apart, so that the detector can watch from the first name looked up. */
export function createSceneLab(folder: string): Promise<Lab> {
  return createLab({
    hosts: [
      'checkout',
      'payments',
      { name: 'resolver', address4: resolverAddress },
      { name: 'internet', ...externalAddress },
      { name: 'elsewhere', ...newcomerAddress },
    ],
    resolver: resolverAddress,
    distinctAddresses: true,
    folders: [folder],
  });
}

/** Before the detector, which is told where it is. Resolves with its port. */
export async function startApiServer(
  lab: Lab,
): Promise<{ readonly process: LabProcess; readonly port: number }> {
  const program = programPath(import.meta.url, './api-server');
  const args = [program, '--seconds', String(longestSeconds)];
  const server = lab.host('checkout').spawnBeside(process.execPath, args);
  const line = await server.waitForLine((text) => text.includes('"listening"'), 10_000);
  return { process: server, port: (JSON.parse(line) as { readonly listening: number }).listening };
}

export async function startTraffic(lab: Lab, apiServer: LabProcess, options: SceneOptions): Promise<Scene> {
  const seconds = longestSeconds;
  const zone = {
    [externalName]: Object.values(externalAddress),
    [newcomerName]: Object.values(newcomerAddress),
  };
  const [resolver] = await Promise.all([
    startDns(lab.host('resolver'), zone, seconds),
    startServer(lab.host('payments'), { port: 8080, seconds }),
    startServer(lab.host('internet'), { port: 443, seconds }),
    startServer(lab.host('elsewhere'), { port: 443, seconds }),
  ]);
  const checkout = lab.host('checkout');
  const clients = await Promise.all([
    startClient(checkout, { target: 'payments', port: 8080, connections: 10, rate: 80, family: 4, seconds }),
    startClient(checkout, { target: externalName, port: 443, connections: 2, rate: 20, family: 4, seconds }),
  ]);
  const lookups = startLookups(checkout, externalName, { rate: 10, seconds });
  options.onStep(
    `checkout → payments:8080 at 800 requests/s, checkout → ${externalName}:443 at 40 requests/s, and 10 lookups/s`,
  );
  return new Scene(lab, apiServer, resolver, [...clients, lookups]);
}
