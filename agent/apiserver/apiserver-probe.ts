import type { Probe, ProbeContext, ProbeHealth, ProbeRow, ProbeStart } from '../probe.ts';
import type { ApiServerSettings } from './apiserver-settings.ts';
import { CredentialError, readCredentials } from './credentials.ts';
import { EndpointFollower } from './endpoint-follower.ts';
import {
  findTargets,
  type ApiServerTarget,
  ownClusterTarget,
  type PodEnvironment,
  processEnvironment,
} from './target.ts';
import { TargetWatches } from './target-watches.ts';

export interface ApiServerProbeOptions {
  readonly settings: { readonly apiserver: ApiServerSettings };
  readonly environment?: PodEnvironment;
  /** 0 to 1: spreads the rounds. */
  readonly random?: () => number;
}

/** `apiserver.latency`: asks API servers and measures how they answer. Needs neither eBPF nor root. */
export function createApiServerProbe(options: ApiServerProbeOptions): Probe {
  return new ApiServerProbe(options);
}

class ApiServerProbe implements Probe {
  readonly name = 'apiserver';
  readonly signals = ['apiserver.latency'];
  readonly isActive = true;
  readonly #options: ApiServerProbeOptions;
  #watches: TargetWatches | undefined;
  #follower: EndpointFollower | undefined;

  constructor(options: ApiServerProbeOptions) {
    this.#options = options;
  }

  async start(context: ProbeContext): Promise<ProbeStart> {
    const { settings, environment = processEnvironment, random = Math.random } = this.#options;
    const targets = findTargets(settings.apiserver, environment);
    if (targets.length === 0)
      return {
        attached: false,
        idle: true,
        reason: 'nothing to watch: no API server is configured, and this is no pod of a cluster',
        remedy: 'name one under apiserver.targets',
      };
    const notes = await Promise.all(targets.map(faultOf));
    const watches = new TargetWatches({ ...context, random });
    this.#watches = watches;
    for (const target of targets) watches.add(target);
    const own = ownClusterTarget(settings.apiserver, environment);
    if (own !== undefined) this.#follow({ ...context, own, watches, random });
    return {
      attached: true,
      how: `by requests to ${targets.map(({ name }) => name).join(', ')}${own === undefined ? '' : ' and the servers behind it'}`,
      notes: notes.filter((note) => note !== undefined),
    };
  }

  collect(): readonly ProbeRow[] {
    return this.#watches?.collect() ?? [];
  }

  health(): ProbeHealth {
    const counters = { ...this.#watches?.counters(), ...this.#follower?.counters() };
    return { counters, mapFullness: {} };
  }

  async stop(): Promise<void> {
    const watches = this.#watches;
    this.#watches = undefined;
    await this.#follower?.stop();
    await watches?.stop();
  }

  #follow(options: ConstructorParameters<typeof EndpointFollower>[0]): void {
    this.#follower = new EndpointFollower(options);
    this.#follower.start();
  }
}

async function faultOf(target: ApiServerTarget): Promise<string | undefined> {
  try {
    await readCredentials(target);
    return undefined;
  } catch (error) {
    if (error instanceof CredentialError)
      return `${target.name} cannot be asked: ${error.message}; ${error.remedy}`;
    throw error;
  }
}
