import { spawn, type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../lab/free-port.ts';

/** A real Kafka broker (KRaft, one node) on loopback, with a data folder of its own. */
export interface Broker extends AsyncDisposable {
  readonly address: string;
  readonly directory: string;
  /** SIGKILL: no handler runs, nothing is flushed. */
  kill(): Promise<void>;
  /** After `kill`: the same data, the same address. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface BrokerOptions {
  /** Further lines of server.properties; later ones win. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Put before the listener of the clients: `PLAINTEXT`, `SASL_SSL`. */
  readonly protocol?: string;
  /** Under which clients elsewhere reach this machine's loopback, at the same port. */
  readonly advertisedHost?: string;
  /** Passed to the formatter: `SCRAM-SHA-256=[name=u,password=p]`. */
  readonly addScram?: readonly string[];
  /** Where its folder is made; default: the system's folder for such. */
  readonly within?: string;
}

const script = fileURLToPath(new URL('../../setup/kafka.sh', import.meta.url));
const clusterId = 'c2FjY2FkZS10ZXN0LWtmaw';
/** A Java machine on a busy one; usually it takes four seconds. */
const startTimeoutMs = 240_000;

/** The folder of the broker's jars; fetched at the first call on a machine. */
function brokerJars(): string {
  const result = spawnSync('sh', [script], { encoding: 'utf8', timeout: 300_000 });
  if (result.status !== 0) throw new Error(`setup/kafka.sh failed: ${result.stderr}`);
  return result.stdout.trim();
}

export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const jars = brokerJars();
  const directory = mkdtempSync(join(options.within ?? tmpdir(), 'saccade-kafka-'));
  const [port, controllerPort] = [await freePort(), await freePort()];
  const internalPort = options.advertisedHost === undefined ? undefined : await freePort();
  const properties = join(directory, 'server.properties');
  writeFileSync(properties, renderProperties(directory, { port, controllerPort, internalPort }, options));
  format(jars, properties, options.addScram ?? []);
  const launch = (): ChildProcess => launchBroker(jars, directory, properties);
  let child = launch();
  await listening(child, port, directory);

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  const stop = async (): Promise<void> => {
    // A graceful stop takes seconds, and nobody reads the data afterwards.
    await end('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  return {
    address: `127.0.0.1:${port}`,
    directory,
    kill: () => end('SIGKILL'),
    async restart() {
      child = launch();
      await listening(child, port, directory);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface Ports {
  readonly port: number;
  readonly controllerPort: number;
  /** Where the broker reaches itself, if not at the address that it tells clients. */
  readonly internalPort: number | undefined;
}

function renderProperties(
  directory: string,
  { port, controllerPort, internalPort }: Ports,
  options: BrokerOptions,
): string {
  const { protocol = 'PLAINTEXT', advertisedHost = '127.0.0.1', properties = {} } = options;
  const internal = internalPort === undefined ? '' : `,INTERNAL://127.0.0.1:${internalPort}`;
  const lines = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `CLIENTS://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}${internal}`,
    'advertised.listeners': `CLIENTS://${advertisedHost}:${port}${internal}`,
    'listener.security.protocol.map': `CLIENTS:${protocol},CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT`,
    'inter.broker.listener.name': internalPort === undefined ? 'CLIENTS' : 'INTERNAL',
    'log.dirs': join(directory, 'data'),
    'auto.create.topics.enable': 'false',
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '500',
    'log.cleaner.dedupe.buffer.size': '8388608',
    'num.network.threads': '2',
    'num.io.threads': '2',
    ...properties,
  };
  return Object.entries(lines)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function javaArguments(jars: string, memory: string): string[] {
  return [`-Xmx${memory}`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', `${jars}/*`];
}

function format(jars: string, properties: string, scram: readonly string[]): void {
  const result = spawnSync(
    'java',
    [
      ...javaArguments(jars, '128m'),
      'kafka.tools.StorageTool',
      'format',
      '-t',
      clusterId,
      '-c',
      properties,
      ...scram.flatMap((one) => ['--add-scram', one]),
    ],
    { encoding: 'utf8', timeout: startTimeoutMs },
  );
  if (result.status !== 0) {
    const why = result.error === undefined ? '' : `${result.error.message}: `;
    throw new Error(`formatting the broker's storage failed: ${why}${result.stdout}${result.stderr}`);
  }
}

function launchBroker(jars: string, directory: string, properties: string): ChildProcess {
  // Its own group: Ctrl-C is for who uses the broker, and who still has something to hand in finds it there. Whoever
  // kills us, it dies with us.
  const java = ['java', ...javaArguments(jars, '384m'), 'kafka.Kafka', properties];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...java], {
    stdio: 'ignore',
    cwd: directory,
    detached: true,
  });
  // Whoever is interrupted must leave neither the broker nor its data behind.
  const orphan = (): void => {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once('exit', orphan);
  child.once('exit', () => process.off('exit', orphan));
  return child;
}

async function listening(child: ChildProcess, port: number, directory: string): Promise<void> {
  const until = Date.now() + startTimeoutMs;
  while (Date.now() < until) {
    if (child.exitCode !== null)
      throw new Error(`the broker ended with ${child.exitCode}; its folder: ${directory}`);
    if (await accepts(port)) return;
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error(`the broker does not listen after ${startTimeoutMs} ms; its folder: ${directory}`);
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return false;
    throw error;
  } finally {
    socket.destroy();
  }
}
