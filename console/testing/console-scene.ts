import { openLocalFile } from '../../capture-store/capture-files.ts';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { HistoryScene } from '../../history/testing/history-scene.ts';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import { captureRequestedType } from '../../stream/events/capture.ts';
import {
  acknowledgedType,
  auditType,
  baselineAcceptedType,
  verdictGivenType,
  type Silence,
} from '../../stream/events/control.ts';
import type { Topic } from '../../stream/port.ts';
import { createAssetLoader } from '../assets/load-assets.ts';
import type { Access } from '../access/access.ts';
import { narrowPorts } from '../access/narrow-ports.ts';
import { type Authenticator, createAuthenticator } from '../auth/authenticator.ts';
import { withKubernetes } from '../auth/kubernetes/with-kubernetes.ts';
import type { Caller } from '../auth/roles.ts';
import type { OidcSignIn } from '../auth/oidc/oidc-sign-in.ts';
import { withOidc } from '../auth/oidc/with-oidc.ts';
import type { ConsoleConfig } from '../config-schema.ts';
import { ConsoleError } from '../console-error.ts';
import { createConsoleServer } from '../console-server.ts';
import type { CaptureOrder, ConsolePorts, LiveChange, PacketView, RuleState } from '../ports.ts';
import { createDirectReader } from '../reader/direct-reader.ts';
import type { Told } from './sample-story.ts';

export interface ConsoleSceneOptions {
  readonly tokens?: ConsoleConfig['tokens'];
  readonly environment?: NodeJS.ProcessEnv;
  readonly oidc?: OidcSignIn;
  /** Of a cluster, by their tokens. */
  readonly people?: (token: string) => Promise<Caller | undefined>;
  readonly moreRules?: readonly Partial<RuleState>[];
  readonly nowMs: number;
}

/** The console over a real history; what people do becomes the same events as in the application. */
export class ConsoleScene {
  readonly history = new HistoryScene();
  readonly errors: unknown[] = [];
  readonly accepted: string[] = [];
  readonly orders: CaptureOrder[] = [];
  readonly signInTroubles: string[] = [];
  #silences: (Silence & { expired_by: string | null })[] = [];
  readonly #listeners = new Set<(change: LiveChange) => void>();
  readonly #options: ConsoleSceneOptions;
  #server: FastifyInstance | undefined;
  #serial = 0;

  constructor(options: ConsoleSceneOptions) {
    this.#options = options;
    this.history.nowMs = options.nowMs;
  }

  get server(): FastifyInstance {
    if (this.#server === undefined) throw new Error('the scene is not started');
    return this.#server;
  }

  /** Without `listen` only for injected requests. Returns its URL. */
  async start({ listen = false, port = 0 } = {}): Promise<string> {
    const { oidc } = this.#options;
    const tokens = createAuthenticator({
      tokens: this.#options.tokens ?? [],
      directory: '/',
      environment: this.#options.environment ?? {},
      nowMs: () => this.#options.nowMs,
      onUnreadable: (error) => this.errors.push(error),
    });
    this.#server = await createConsoleServer({
      ports: this.#ports(),
      version: '0.0.0-test',
      authenticator: withPeople(oidc === undefined ? tokens : withOidc(tokens, oidc), this.#options.people),
      oidc,
      onSignInTrouble: (detail) => this.signInTroubles.push(detail),
      loadAssets: createAssetLoader(join(import.meta.dirname, '..', '..')),
      onError: (error) => this.errors.push(error),
    });
    return listen ? this.#server.listen({ host: '127.0.0.1', port }) : '';
  }

  /** In few transactions, by topic. */
  async tell(told: readonly Told[]): Promise<void> {
    for (const [topic, all] of Map.groupBy(told, (one) => one.topic))
      for (let start = 0; start < all.length; start += 500)
        await this.history.append(topic, ...all.slice(start, start + 500).map(({ event }) => event));
    for (const listener of this.#listeners) listener({ kind: 'alert', subject: '', namespace: null });
  }

  /** `GET /alerts/:id`, …: all that the API has. */
  get routes(): readonly string[] {
    return routesOf(this.server.printRoutes({ commonPrefix: false })).flatMap((route) =>
      route.includes(' /api/v1') ? [route.replace('/api/v1', '')] : [],
    );
  }

  /** What somebody of this access hears of these changes. */
  async heardBy(access: Access, changes: readonly LiveChange[]): Promise<readonly LiveChange[]> {
    const heard: LiveChange[] = [];
    const end = narrowPorts(this.#ports(), access).onChange((change) => heard.push(change));
    for (const change of changes) for (const listener of this.#listeners) listener(change);
    end();
    return heard;
  }

  /** Nobody answers any more, until `start` again. */
  async stop(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  async dispose(): Promise<void> {
    await this.stop();
    await this.history.dispose();
  }

  async #append(topic: Topic, type: string, data: unknown, change?: LiveChange): Promise<void> {
    const id = `scene${(this.#serial += 1)}`;
    const timeMs = this.#options.nowMs;
    await this.history.append(
      topic,
      createCloudEvent({ id, source: '/scene', type, timeMs, partitionkey: 'k', data }),
    );
    if (change) for (const listener of this.#listeners) listener(change);
  }

  #ports(): ConsolePorts {
    const nowMs = (): number => this.#options.nowMs;
    return {
      reader: createDirectReader(this.history.log.database),
      actions: this.#actions(nowMs),
      rules: {
        list: () => [
          ...sampleRules,
          ...(this.#options.moreRules ?? []).map((rule) => ({ ...sampleRule, ...rule })),
        ],
        refused: () => [],
        check: (text) =>
          text.includes('alert:') ? [] : [{ line: 1, column: 1, message: 'no rule in here' }],
        replay: async () => ({
          summary: 'would have paged once',
          from_ms: nowMs() - 86_400_000,
          to_ms: nowMs(),
          records: 4711,
          episodes: [
            {
              summary: 'checkout → api',
              started_at_ms: nowMs() - 60_000,
              level: 'page',
              ended_at_ms: null,
              worst_value: 0.1,
            },
          ],
        }),
      },
      packets: { read: async () => ({ packets: samplePackets, total: 952 }), open: openLocalFile },
      onChange: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      status: () => sampleStatus,
      nowMs,
    };
  }

  #actions(nowMs: () => number): ConsolePorts['actions'] {
    const alertChange = (fingerprint: string): LiveChange => ({
      kind: 'alert',
      subject: fingerprint,
      namespace: null,
    });
    return {
      acknowledge: ({ fingerprint, episode }, by) =>
        this.#append('alerts', acknowledgedType, { fingerprint, episode, by }, alertChange(fingerprint)),
      giveVerdict: ({ fingerprint, episode }, verdict, by) =>
        this.#append(
          'alerts',
          verdictGivenType,
          { fingerprint, episode, verdict, by },
          alertChange(fingerprint),
        ),
      acceptAsNormal: async ({ fingerprint }, by) => {
        this.accepted.push(fingerprint);
        await this.#append('signals', baselineAcceptedType, { fingerprint, by });
      },
      silences: () => this.#silences,
      addSilence: async ({ matchers, duration_ms, created_by, comment }) => {
        const silence = {
          id: `silence-${this.#silences.length + 1}`,
          matchers: [...matchers],
          starts_at: new Date(nowMs()).toISOString(),
          ends_at: new Date(nowMs() + duration_ms).toISOString(),
          created_by,
          comment,
        };
        this.#silences.push({ ...silence, expired_by: null });
        return silence;
      },
      expireSilence: async (id, by) => {
        if (!this.#silences.some((one) => one.id === id))
          throw new ConsoleError(404, `there is no silence ${id}`);
        this.#silences = this.#silences.map((one) => (one.id === id ? { ...one, expired_by: by } : one));
      },
      silencedBy: () => [],
      startCapture: async (order) => {
        this.orders.push(order);
        const { workload, peer, requested_by, before_ms, during_ms } = order;
        if (peer === 'nobody') throw new ConsoleError(404, `${workload} has not talked to ${peer} lately`);
        const id = `manual-${(this.#serial += 1)}`;
        await this.#append('captures', captureRequestedType, {
          id,
          alert: null,
          requested_by,
          requested_at_ms: nowMs(),
          node: 'node-7',
          selector: {
            subject: { cluster: 'c1', node: 'node-7', namespace: 'shop', workload },
            peer: { kind: 'external', name: peer, ip: '203.0.113.9' },
            peer_ips: ['203.0.113.9'],
            role: 'client',
            service_port: 443,
          },
          before_ms,
          during_ms,
          max_bytes: 1e6,
          cooldown_ms: 0,
        });
        return { id };
      },
      audit: (entry) => this.#append('alerts', auditType, entry),
    };
  }
}

const withPeople = (
  others: Authenticator,
  callerOf: ((token: string) => Promise<Caller | undefined>) | undefined,
): Authenticator => (callerOf === undefined ? others : withKubernetes(others, { callerOf }));

/** Of the tree that Fastify prints: four characters a level, methods in brackets at the end. */
function routesOf(tree: string): readonly string[] {
  const path: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', segment = '', methods = ''] =
      /^([│├└─ ]*)(\S+)(?: \(([A-Z, ]+)\))?/u.exec(line) ?? [];
    path.splice(indent.length / 4 - 1);
    path.push(segment);
    return methods === '' ? [] : methods.split(', ').map((method) => `${method} ${path.join('')}`);
  });
}

const sampleRule: RuleState = {
  id: 'tcp-retransmit-spike',
  alert: 'RetransmitSpike',
  group: 'tcp',
  namespace: null,
  signal: 'tcp.retransmits',
  measure: 'retransmit_ratio',
  by: ['namespace', 'workload', 'peer', 'service_port'],
  over_ms: [200, 1000, 10_000, 60_000],
  baseline: 'rate',
  levels: ['notice', 'page'],
  dry_run: false,
  position: 'rules/catalog/tcp-retransmit-spike/rule.yaml:5:9',
  keys: 214,
  learning: 31,
  open: 1,
  overflow: 0,
};
const sampleRules: readonly RuleState[] = [
  sampleRule,
  {
    ...sampleRule,
    id: 'tcp-handshake-stalled',
    alert: 'HandshakeStalled',
    measure: 'syn_retransmits',
    baseline: 'static',
    open: 0,
  },
  { ...sampleRule, id: 'dns-failures', alert: 'DnsFailures', dry_run: true, open: 0, keys: 40, learning: 40 },
];

const samplePackets: readonly PacketView[] = Array.from({ length: 40 }, (_, index) => ({
  at_ms: 1_795_248_000_000 + index * 3,
  offset_us: index * 3170,
  direction: index % 3 === 2 ? 'in' : 'out',
  source: index % 3 === 2 ? '203.0.113.9:443' : '10.1.2.3:51234',
  destination: index % 3 === 2 ? '10.1.2.3:51234' : '203.0.113.9:443',
  protocol: 'TCP',
  bytes: index % 3 === 2 ? 52 : 1448,
  info: `${index % 3 === 2 ? 'ACK' : 'PSH ACK'} seq ${1000 + index * 1396} ack 7731 win 501 len ${index % 3 === 2 ? 0 : 1396}`,
  mark: index % 9 === 4 ? 'resent' : null,
}));

const sampleStatus: ReturnType<ConsolePorts['status']> = {
  version: '0.0.0-test',
  cluster: 'c1',
  node: 'node-7',
  started_at_ms: 1_795_240_000_000,
  stages: ['judge', 'respond', 'capture', 'notify', 'record'].map((name) => ({
    name,
    ok: true,
    lag: 0,
    reason: '',
  })),
  receivers: [{ name: 'on-call', ready: true, waiting: 0, reason: '' }],
  parts: [
    { name: 'tcp.retransmits', state: 'on', detail: 'from the kernel', reason: '', remedy: '' },
    {
      name: 'flight recorder',
      state: 'on',
      detail: '32 MiB of memory, 1.0 GB of disk',
      reason: '',
      remedy: '',
    },
    { name: 'apiserver.latency', state: 'off', detail: 'no target is configured', reason: '', remedy: '' },
  ],
  default_receivers: false,
};
