import type { SocketOwner } from '../names/port.ts';
import type { Probe, ProbeContext, ProbeHealth, ProbeRow, ProbeStart } from '../probe.ts';
import type { ApiServerSettings } from './apiserver-settings.ts';
import { CredentialError, readCredentials } from './credentials.ts';
import { ownSocketOwner } from './own-socket-owner.ts';
import { PathWatch } from './path-watch.ts';
import { findTargets, type PodEnvironment, processEnvironment, type ApiServerTarget } from './target.ts';

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
  readonly #options: ApiServerProbeOptions;
  readonly #owner: SocketOwner = ownSocketOwner();
  #watches: readonly PathWatch[] = [];

  constructor(options: ApiServerProbeOptions) {
    this.#options = options;
  }

  async start(context: ProbeContext): Promise<ProbeStart> {
    const { settings, environment = processEnvironment } = this.#options;
    const targets = findTargets(settings.apiserver, environment);
    if (targets.length === 0)
      return {
        attached: false,
        idle: true,
        reason: 'nothing to watch: no API server is configured, and this is no pod of a cluster',
        remedy: 'name one under apiserver.targets',
      };
    const notes = await Promise.all(targets.map(faultOf));
    this.#watches = targets.flatMap((target) =>
      target.paths.map((path) => this.#watch(target, path, context)),
    );
    for (const watch of this.#watches) watch.start();
    return {
      attached: true,
      how: `by requests to ${targets.map(({ name }) => name).join(', ')}`,
      notes: notes.filter((note) => note !== undefined),
    };
  }

  collect(): readonly ProbeRow[] {
    return this.#watches.map((watch) => this.#take(watch)).filter((row) => row !== undefined);
  }

  health(): ProbeHealth {
    const counters = { rounds: 0, rounds_refused: 0 };
    for (const { counts } of this.#watches) {
      counters.rounds += counts.rounds;
      counters.rounds_refused += counts.roundsRefused;
    }
    return { counters, mapFullness: {} };
  }

  async stop(): Promise<void> {
    const watches = this.#watches;
    this.#watches = [];
    await Promise.all(watches.map((watch) => watch.stop()));
  }

  #watch(target: ApiServerTarget, path: string, context: ProbeContext): PathWatch {
    const watch: PathWatch = new PathWatch({
      target,
      path,
      clock: context.clock,
      logger: context.logger,
      random: this.#options.random ?? Math.random,
      onFailure: () => context.onCandidate({ key: `apiserver ${watch.key}`, take: () => this.#take(watch) }),
    });
    return watch;
  }

  #take(watch: PathWatch): ProbeRow | undefined {
    const told = watch.take();
    if (told === undefined) return undefined;
    const { name, url } = watch.target;
    const { protocol, port } = new URL(url);
    const ip = watch.remoteIp ?? unresolved;
    return {
      signal: 'apiserver.latency',
      owner: this.#owner,
      role: 'client',
      servicePort: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
      peerIp: ip,
      peer: { kind: 'service', name, ip },
      target: watch.path,
      fields: told.fields,
      sockets: [],
      evidence: { requests: [...told.requests] },
    };
  }
}

/** As long as nothing was reached: matches no packet. */
const unresolved = '0.0.0.0';

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
