import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { createAssetLoader } from '../../console/assets/load-assets.ts';
import { createConsoleServer } from '../../console/console-server.ts';
import type { ConsoleConfig } from '../../console/config-schema.ts';
import type { ConsolePorts } from '../../console/ports.ts';
import type { KubernetesClient } from '../../kubernetes/api.ts';
import type { KubernetesConfig } from '../../kubernetes/config-schema.ts';
import { connectKubernetes } from '../../kubernetes/connect.ts';
import { createReviews } from '../../kubernetes/reviews.ts';
import { assertListenable, isTaken, parseListen } from '../http/status-server.ts';
import type { Component } from '../lifecycle.ts';
import { packageVersion } from '../package-root.ts';
import { StartError } from '../start-error.ts';
import { assertSignIn, createConsoleSignIn } from './console-sign-in.ts';

export interface ConsoleOptions {
  readonly config: ConsoleConfig;
  /** Token files are relative to it. */
  readonly directory: string;
  readonly ports: ConsolePorts;
  readonly logger: Logger;
  readonly kubernetes: KubernetesConfig | undefined;
}

export interface Console extends Component {
  /** Known after `start`; undefined: it is switched off. */
  url(): string | undefined;
}

const defaultListen = '127.0.0.1:9978';

/** Refuses what a person has to mend before anything is started. Throws a `StartError`. */
export async function assertConsoleConfig(
  config: ConsoleConfig,
  directory: string,
  kubernetes?: KubernetesConfig,
): Promise<void> {
  if (!config.enabled) return;
  const listen = config.listen ?? defaultListen;
  const { host } = parseListen(listen);
  if (config.kubernetes && kubernetes === undefined)
    throw new StartError(
      'console.kubernetes: people of a cluster cannot sign in without one',
      'Add "kubernetes" to the configuration, or leave console.kubernetes out.',
      { exitCode: 2 },
    );
  if (config.tokens.length === 0 && config.oidc === undefined && !config.kubernetes && !isLoopback(host))
    throw new StartError(
      `console.listen is ${listen}: beyond this machine the console needs sign-in`,
      'Add console.tokens or console.oidc (docs/console.md), or listen on 127.0.0.1.',
      { exitCode: 2 },
    );
  await assertSignIn({ config, directory });
  if (config.listen !== undefined) await assertListenable(config.listen);
}

/** The web console. */
export function createConsole(options: ConsoleOptions): Console {
  const { config, directory, ports, logger, kubernetes } = options;
  let server: FastifyInstance | undefined;
  let cluster: KubernetesClient | undefined;
  let url: string | undefined;

  async function start(): Promise<void> {
    if (!config.enabled) return;
    if (config.kubernetes && kubernetes !== undefined)
      cluster = await connectKubernetes(kubernetes, { directory, environment: process.env });
    const people = cluster && {
      reviews: createReviews(cluster),
      namespaces: () => ports.reader.ask('listNamespaces', {}),
    };
    server = await createConsoleServer({
      ports,
      version: packageVersion,
      ...createConsoleSignIn({ config, directory, cluster: people }, logger),
      loadAssets: createAssetLoader(join(import.meta.dirname, '..', '..')),
      onError: (error, path) => logger.error({ err: error, path }, 'console: a request failed'),
    });
    url = await listen(server, config.listen);
  }

  async function stop(): Promise<void> {
    await server?.close();
    cluster?.close();
    await ports.reader.close();
  }

  return { name: 'console', start, stop, url: () => url };
}

/** Where nobody chose an address, a second Saccade on this machine takes a free port rather than none. */
async function listen(server: FastifyInstance, wanted: string | undefined): Promise<string> {
  const { host, port } = parseListen(wanted ?? defaultListen);
  try {
    return await server.listen({ host, port });
  } catch (error) {
    if (wanted !== undefined || !isTaken(error)) throw error;
    return server.listen({ host, port: 0 });
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
