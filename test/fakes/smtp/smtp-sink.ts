import type { AddressInfo } from 'node:net';
import type { SMTPServerOptions } from 'smtp-server';
import { SMTPServer } from 'smtp-server';
import type { SelfSigned } from './self-signed.ts';

export interface SinkOptions {
  readonly certificate?: SelfSigned;
  /** From the first byte, instead of STARTTLS. */
  readonly implicitTls?: boolean;
  readonly user?: { readonly name: string; readonly password: string };
}

export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  /** Encrypted on the way. */
  readonly secure: boolean;
  readonly user: string | undefined;
}

/** `drop`: the connection ends after the message was taken, before the server says so. */
export type MailTrouble = { readonly code: number } | 'drop';

/** A real SMTP server that keeps what it takes, and refuses what a test tells it to. */
export class SmtpSink implements AsyncDisposable {
  readonly mails: TakenMail[] = [];
  /** Reply codes by recipient, each used once. */
  readonly recipientTroubles = new Map<string, number[]>();
  /** What the next messages meet at their end. */
  readonly troubles: MailTrouble[] = [];
  /** From now on every sender is refused. */
  refusing = false;
  readonly #server: SMTPServer;

  constructor(options: SinkOptions = {}) {
    this.#server = new SMTPServer(this.#optionsFrom(options));
    // A client that leaves in the middle is no failure of the server.
    this.#server.on('error', () => undefined);
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #optionsFrom({ certificate, implicitTls = false, user }: SinkOptions): SMTPServerOptions {
    return {
      logger: false,
      closeTimeout: 500,
      disableReverseLookup: true,
      ...(certificate === undefined
        ? { disabledCommands: ['STARTTLS'] }
        : { key: certificate.key, cert: certificate.certificate, secure: implicitTls }),
      authOptional: user === undefined,
      onAuth: ({ username, password }, _session, done) =>
        username === user?.name && password === user?.password
          ? done(null, { user: username })
          : done(reply(535, 'authentication failed')),
      onMailFrom: (_address, _session, done) => done(this.refusing ? reply(550, 'no') : null),
      onRcptTo: ({ address }, _session, done) => {
        const code = this.recipientTroubles.get(address)?.shift();
        done(
          code === undefined
            ? null
            : reply(code, code < 500 ? 'greylisted, try again later' : 'no such user'),
        );
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const trouble = this.troubles.shift();
          if (typeof trouble === 'object') return done(reply(trouble.code, 'not taken'));
          const { mailFrom, rcptTo } = session.envelope;
          this.mails.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            raw: Buffer.concat(chunks).toString('utf8'),
            secure: session.secure,
            user: session.user as string | undefined,
          });
          if (trouble === 'drop') for (const connection of this.#connections()) connection.close();
          else done();
        });
      },
    };
  }

  #connections(): ReadonlySet<{ close(): void }> {
    return (this.#server as unknown as { readonly connections: ReadonlySet<{ close(): void }> }).connections;
  }
}

const reply = (responseCode: number, message: string): Error =>
  Object.assign(new Error(message), { responseCode });

/** Starts on a free port of the loopback. */
export async function startSmtpSink(options: SinkOptions = {}): Promise<SmtpSink> {
  const sink = new SmtpSink(options);
  await sink.start();
  return sink;
}

/** A header's value, unfolded and decoded (RFC 2047, UTF-8 only). */
export function headerOf(raw: string, name: string): string | undefined {
  const [head = ''] = raw.split('\r\n\r\n', 1);
  const unfolded = head.replace(/\r\n[ \t]+/gu, ' ');
  const [, value] = new RegExp(`^${name}: (.*)$`, 'imu').exec(unfolded) ?? [];
  return value
    ?.replace(/\?= =\?/gu, '?==?')
    .replace(/=\?utf-8\?([qb])\?([^?]*)\?=/giu, (_, coding: string, text: string) =>
      coding.toLowerCase() === 'b'
        ? Buffer.from(text, 'base64').toString('utf8')
        : decodeQuoted(text.replaceAll('_', ' ')),
    );
}

const decodeQuoted = (text: string): string =>
  Buffer.from(
    text.replace(/=([0-9A-F]{2})/giu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');

/** The decoded text of a message's part of a type. */
export function partOf(raw: string, type: 'text/plain' | 'text/html'): string {
  const [, boundary = ''] = /boundary="([^"]+)"/u.exec(raw) ?? [];
  const part = raw.split(`--${boundary}`).find((one) => one.includes(`Content-Type: ${type}`)) ?? '';
  const [head = '', ...body] = part.split('\r\n\r\n');
  const text = body.join('\r\n\r\n');
  if (/Content-Transfer-Encoding: base64/iu.test(head)) return Buffer.from(text, 'base64').toString('utf8');
  if (/Content-Transfer-Encoding: quoted-printable/iu.test(head))
    return decodeQuoted(text.replace(/=\r\n/gu, '')).replaceAll('\r\n', '\n');
  return text.replaceAll('\r\n', '\n');
}
