import type { HttpSink } from '../../test/fakes/http/http-sink.ts';
import { startHttpSink } from '../../test/fakes/http/http-sink.ts';
import { startFakePagerduty } from '../../test/fakes/pagerduty/fake-pagerduty.ts';
import { headerOf, partOf, startSmtpSink } from '../../test/fakes/smtp/smtp-sink.ts';
import { startFakeSlack } from '../../test/fakes/slack/fake-slack.ts';

/** A receiver of one kind with its far end, for the suites that run over all kinds. */
export interface ReceiverBench extends AsyncDisposable {
  /** Its section in the configuration, in YAML's flow style. */
  readonly yaml: string;
  /** Secrets that must show nowhere but on the way to the receiver. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Everything that a reader of the far end sees. */
  shown(): string;
  /** By what the far end tells apart what was sent to it: one a message, however often that arrived. */
  identities(): readonly string[];
  /** Requests that the far end found malformed or too large. */
  rejected(): readonly string[];
  /** The next deliveries meet troubles of every sort; how many. */
  trouble(): number;
  /** From now on the receiver refuses whatever comes. */
  refuse(): void;
}

const token = 'xoxb-very-secret-0123456789';

async function benchSlack(): Promise<ReceiverBench> {
  const slack = await startFakeSlack({ token });
  return {
    yaml: `slack: {channel: C0000000001, token_env: TOKEN, timeout: 3s, api_url: "${slack.url}"}`,
    secrets: { TOKEN: token },
    shown: () => JSON.stringify(slack.workspace.messages),
    identities: () => slack.messages().map(({ ts }) => ts),
    rejected: () => slack.requests.map(({ answered }) => answered).filter((one) => one !== 'ok'),
    trouble: () => {
      slack.trouble(
        'chat.postMessage',
        { kind: 'error', code: 'invalid_auth' },
        { kind: 'status', status: 429, retryAfterS: 1 },
        { kind: 'status', status: 403 },
        { kind: 'status', status: 503 },
        { kind: 'reset-after-accept' },
        { kind: 'hang-after-accept' },
        { kind: 'garbage' },
      );
      return 7;
    },
    refuse: () => slack.tokens.clear(),
    [Symbol.asyncDispose]: () => slack.stop(),
  };
}

async function benchTerminal(output: readonly string[]): Promise<ReceiverBench> {
  return {
    yaml: 'terminal: {colour: always}',
    secrets: {},
    // eslint-disable-next-line no-control-regex -- colours are its own
    shown: () => output.join('').replace(/\u001b\[\d+m/gu, ''),
    // It tells nothing apart.
    identities: () => output.filter((line) => line.includes('●')).map(() => 'line'),
    rejected: () => [],
    trouble: () => 0,
    refuse: () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** How many there are. */
const addTroubles = (sink: HttpSink): number =>
  sink.troubles.push(
    { kind: 'status', status: 401 },
    { kind: 'status', status: 429, retryAfter: '1' },
    { kind: 'status', status: 503 },
    { kind: 'redirect', to: `${sink.url}/elsewhere` },
    { kind: 'reset' },
    { kind: 'hang' },
    { kind: 'garbage' },
  );

function refuseAll(sink: HttpSink): void {
  sink.troubles.push(...Array.from({ length: 10 }, () => ({ kind: 'status', status: 403 }) as const));
}

async function benchWebhook(): Promise<ReceiverBench> {
  const sink = await startHttpSink();
  const secrets = {
    KEY: 'signing-key-0123456789',
    TOKEN: 'bearer-0123456789',
    URL: `${sink.url}/path-secret-99`,
  };
  return {
    yaml: 'webhook: {url_env: URL, secret_env: KEY, token_env: TOKEN, format: cloudevents, timeout: 3s}',
    secrets,
    shown: () => sink.requests.map(({ body }) => body).join('\n'),
    identities: () => sink.requests.map(({ headers }) => String(headers['idempotency-key'])),
    rejected: () => sink.requests.filter(({ body }) => body.length > 512_000).map(() => 'too large'),
    trouble: () => addTroubles(sink),
    refuse: () => refuseAll(sink),
    [Symbol.asyncDispose]: () => sink.stop(),
  };
}

async function benchAlertmanager(): Promise<ReceiverBench> {
  const sink = await startHttpSink();
  return {
    yaml: `alertmanager: {urls: ["${sink.url}"], username: u, password_env: PASSWORD, timeout: 3s}`,
    secrets: { PASSWORD: 'password-0123456789' },
    shown: () => sink.requests.map(({ body }) => body).join('\n'),
    identities: () =>
      sink.requests.flatMap(({ body }) =>
        (JSON.parse(body) as { labels: object }[]).map(({ labels }) => JSON.stringify(labels)),
      ),
    rejected: () => [],
    trouble: () => addTroubles(sink),
    refuse: () => refuseAll(sink),
    [Symbol.asyncDispose]: () => sink.stop(),
  };
}

async function benchEmail(): Promise<ReceiverBench> {
  const user = { name: 'u', password: 'smtp-secret-0123456789' };
  const sink = await startSmtpSink({ user });
  return {
    yaml: `email: {from: s@example.com, to: [a@example.com], host: 127.0.0.1, port: ${sink.port}, tls: none, username: u, password_env: PASSWORD}`,
    secrets: { PASSWORD: user.password },
    shown: () =>
      sink.mails
        .map(
          ({ raw }) =>
            `${headerOf(raw, 'Subject')}\n${partOf(raw, 'text/plain')}\n${partOf(raw, 'text/html')}`,
        )
        .join('\n'),
    identities: () => sink.mails.map(({ raw }) => headerOf(raw, 'Message-ID') ?? ''),
    rejected: () => sink.mails.filter(({ raw }) => raw.length > 1_000_000).map(() => 'too large'),
    trouble: () => sink.troubles.push({ code: 451 }, { code: 554 }, 'drop'),
    refuse: () => {
      sink.refusing = true;
    },
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  };
}

async function benchPagerduty(): Promise<ReceiverBench> {
  const pagerduty = await startFakePagerduty();
  return {
    yaml: `pagerduty: {routing_key_env: KEY, api_url: "${pagerduty.url}", timeout: 3s}`,
    secrets: { KEY: pagerduty.routingKey },
    shown: () => JSON.stringify(pagerduty.incidents),
    identities: () => pagerduty.events.map(({ dedup_key: key }) => key ?? ''),
    rejected: () => pagerduty.rejected,
    trouble: () =>
      pagerduty.troubles.push(
        { kind: 'status', status: 403 },
        { kind: 'status', status: 429, retryAfterS: 1 },
        { kind: 'status', status: 500 },
        { kind: 'reset-after-accept' },
        { kind: 'hang-after-accept' },
      ),
    refuse: () => pagerduty.keys.clear(),
    [Symbol.asyncDispose]: () => pagerduty[Symbol.asyncDispose](),
  };
}

/** `output` is where a terminal writes. A kind without a bench here fails the suites. */
export function startBench(kind: string, output: readonly string[]): Promise<ReceiverBench> {
  switch (kind) {
    case 'alertmanager':
      return benchAlertmanager();
    case 'email':
      return benchEmail();
    case 'pagerduty':
      return benchPagerduty();
    case 'slack':
      return benchSlack();
    case 'terminal':
      return benchTerminal(output);
    case 'webhook':
      return benchWebhook();
    default:
      throw new Error(`no bench of a ${kind} receiver`);
  }
}
