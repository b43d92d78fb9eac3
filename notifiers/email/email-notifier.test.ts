import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSelfSigned, type SelfSigned } from '../../test/fakes/smtp/self-signed.ts';
import { headerOf, partOf, startSmtpSink } from '../../test/fakes/smtp/smtp-sink.ts';
import type { ChartMaker } from '../chart/chart-maker.ts';
import { describeGroup } from '../content/describe-group.ts';
import { createContent } from '../content/message-content.ts';
import { createDelivery, createView } from '../testing/delivery.ts';
import { emailConfigSchema } from './config-schema.ts';
import { createEmailNotifier } from './email-notifier.ts';

let certificate: SelfSigned;
let directory: string;
beforeAll(async () => {
  certificate = await createSelfSigned();
  directory = await mkdtemp(join(tmpdir(), 'saccade-email-'));
  await writeFile(join(directory, 'ca.pem'), certificate.certificate);
  await writeFile(join(directory, 'capture.pcapng'), 'packets');
});
afterAll(() => rm(directory, { recursive: true }));

const user = { name: 'saccade', password: 'smtp-secret-0123' };
const create = (port: number, settings: Record<string, unknown> = {}, charts?: ChartMaker) =>
  createEmailNotifier(
    emailConfigSchema.parse({
      from: 'Saccade <saccade@example.com>',
      to: ['ada@example.com', 'On call <oncall@example.org>'],
      host: '127.0.0.1',
      port,
      tls: 'none',
      timeout: '10s',
      ...settings,
    }),
    {
      receiver: 'mail',
      environment: { PASSWORD: user.password, WRONG: 'nope' },
      directory,
      nowMs: Date.now,
      output: { write: () => true },
      ...(charts && { charts }),
    },
  );
const signal = () => AbortSignal.timeout(20_000);
const firing = (change: Parameters<typeof createDelivery>[0] = {}) =>
  createDelivery({ content: describeGroup([createView()]), ...change });

describe('e-mail', () => {
  it('tells an alert as text and HTML, and its news in the same thread', async () => {
    await using sink = await startSmtpSink();
    const notifier = create(sink.port);
    const sent = await notifier.send(firing(), signal());
    if (sent.kind !== 'sent') throw new Error(sent.reason);
    const content = createContent({ tone: 'resolved', title: 'Resolved after 42 s', summary: 'all is well' });
    await notifier.send(
      firing({ id: 'g/1', operation: 'reply', purpose: 'thread', root: sent.receipt, content }),
      signal(),
    );
    const [first, second] = sink.mails.map(({ raw }) => raw) as [string, string];
    const id = headerOf(first, 'Message-ID') ?? '';
    expect(id).toMatch(/^<[0-9a-f]{16}\.saccade@example\.com>$/u);
    expect(headerOf(first, 'Subject')).toBe('Notice: RetransmitSpike checkout → payments:443');
    expect(headerOf(first, 'To')).toBe('ada@example.com, On call <oncall@example.org>');
    expect(headerOf(first, 'Auto-Submitted')).toBe('auto-generated');
    expect(partOf(first, 'text/plain')).toContain('From:         netns/checkout on n1');
    expect(partOf(first, 'text/html')).toContain('<td>netns/checkout on n1</td>');
    expect(headerOf(second, 'In-Reply-To')).toBe(id);
    expect(headerOf(second, 'References')).toBe(id);
    expect(headerOf(second, 'Subject')).toBe('Re: Notice: RetransmitSpike checkout → payments:443');
    expect(partOf(second, 'text/plain')).toMatch(/^Resolved after 42 s\n\nall is well/u);
  });

  it('shows a chart that comes with it', async () => {
    await using sink = await startSmtpSink();
    const png = Buffer.from('89504e470d0a1a0a', 'hex');
    const content = {
      ...describeGroup([createView()]),
      chart: { fingerprint: 'f', episode: 1, alone: false },
    };
    await create(sink.port, {}, async () => png).send(firing({ content }), signal());
    const raw = sink.mails[0]?.raw ?? '';
    const [, cid = ''] = /Content-ID: <([^>]+)>/u.exec(raw) ?? [];
    expect(cid).toMatch(/^chart\.[0-9a-f]{16}\.saccade@example\.com$/u);
    expect(raw.replaceAll('=\r\n', '').replaceAll('=3D', '=')).toContain(
      `<img src="cid:${cid}" alt="Value against normal over time"`,
    );
    expect(raw).toContain('Content-Disposition: inline; filename=chart.png');
    expect(raw).toContain(png.toString('base64'));
  });

  it('does not wait for a chart that is late', async () => {
    await using sink = await startSmtpSink();
    const late: ChartMaker = (_alert, end) =>
      new Promise((resolve) => {
        end.addEventListener('abort', () => resolve(null));
      });
    const content = {
      ...describeGroup([createView()]),
      chart: { fingerprint: 'f', episode: 1, alone: false },
    };
    expect(await create(sink.port, {}, late).send(firing({ content }), signal())).toMatchObject({
      kind: 'sent',
    });
    expect(sink.mails[0]?.raw).not.toContain('image/png');
  });

  it('names every attempt at a message the same, so that a repeat can be dropped', async () => {
    await using sink = await startSmtpSink();
    sink.troubles.push('drop');
    const notifier = create(sink.port);
    expect(await notifier.send(firing(), signal())).toMatchObject({ kind: 'unknown' });
    expect(await notifier.send(firing({ possibleRepeat: true }), signal())).toMatchObject({ kind: 'sent' });
    const ids = sink.mails.map(({ raw }) => headerOf(raw, 'Message-ID'));
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    expect(partOf(sink.mails[1]?.raw ?? '', 'text/plain')).toContain('possible repeat');
  });

  it('sends again only to recipients that were deferred', async () => {
    await using sink = await startSmtpSink();
    sink.recipientTroubles.set('oncall@example.org', [451]);
    const notifier = create(sink.port);
    expect(await notifier.send(firing(), signal())).toEqual({
      kind: 'retry-after',
      ms: null,
      reason: '1 of 2 recipients deferred',
    });
    expect(await notifier.send(firing(), signal())).toMatchObject({ kind: 'sent' });
    expect(sink.mails.map(({ to }) => to)).toEqual([['ada@example.com'], ['oncall@example.org']]);
  });

  it('waits where all recipients are deferred', async () => {
    await using sink = await startSmtpSink();
    for (const address of ['ada@example.com', 'oncall@example.org'])
      sink.recipientTroubles.set(address, [450]);
    const notifier = create(sink.port);
    expect(await notifier.send(firing(), signal())).toMatchObject({
      kind: 'retry-after',
      reason: 'smtp_450 to RCPT',
    });
    expect(await notifier.send(firing(), signal())).toMatchObject({ kind: 'sent' });
  });

  it('tells the others when one recipient is refused, and says so', async () => {
    await using sink = await startSmtpSink();
    sink.recipientTroubles.set('ada@example.com', [550]);
    expect(await create(sink.port).send(firing(), signal())).toMatchObject({
      kind: 'sent',
      receipt: { refused_recipients: '1' },
    });
    sink.recipientTroubles.set('ada@example.com', [550]).set('oncall@example.org', [550]);
    expect(await create(sink.port).send(firing(), signal())).toEqual({
      kind: 'refused',
      scope: 'receiver',
      reason: 'smtp_550 to RCPT',
    });
  });

  it.each([
    [421, { kind: 'retry-after', reason: 'smtp_421 to DATA' }],
    [554, { kind: 'refused', scope: 'message', reason: 'smtp_554 to DATA' }],
  ])('understands %i at the end of a message', async (code, expected) => {
    await using sink = await startSmtpSink();
    sink.troubles.push({ code });
    expect(await create(sink.port).send(firing(), signal())).toMatchObject(expected);
  });

  it('knows that a message which never left was not sent', async () => {
    const sink = await startSmtpSink();
    const { port } = sink;
    await sink[Symbol.asyncDispose]();
    expect(await create(port).send(firing(), signal())).toMatchObject({
      kind: 'retry-after',
      reason: 'ECONNREFUSED',
    });
  });

  it('attaches the capture if it may', async () => {
    await using sink = await startSmtpSink();
    const content = createContent(
      { tone: 'info', title: 't', summary: '' },
      { file: join(directory, 'capture.pcapng') },
    );
    await create(sink.port, { attach: true }).send(firing({ content }), signal());
    await create(sink.port).send(firing({ content }), signal());
    const missing = { ...content, file: '/nowhere/x.pcapng' };
    await create(sink.port, { attach: true }).send(firing({ content: missing }), signal());
    const raws = sink.mails.map(({ raw }) => raw);
    expect(raws.map((raw) => raw.includes('filename=capture.pcapng'))).toEqual([true, false, false]);
    expect(raws[2]).toContain('file not attached: ENOENT');
  });
});

describe('e-mail over TLS', () => {
  const settings = { username: user.name, password_env: 'PASSWORD', ca_file: 'ca.pem' };

  it.each(['starttls', 'tls'] as const)(
    'signs in by %s with a certificate of a private authority',
    async (tls) => {
      await using sink = await startSmtpSink({ certificate, implicitTls: tls === 'tls', user });
      expect(await create(sink.port, { ...settings, tls }).send(firing(), signal())).toMatchObject({
        kind: 'sent',
      });
      expect(sink.mails).toMatchObject([{ secure: true, user: user.name }]);
    },
  );

  it('refuses an unknown authority and a wrong password, without saying it', async () => {
    await using sink = await startSmtpSink({ certificate, user });
    const unknown = { ...settings, tls: 'starttls', ca_file: undefined };
    expect(await create(sink.port, unknown).send(firing(), signal())).toMatchObject({
      kind: 'refused',
      scope: 'receiver',
      reason: expect.stringMatching(/^TLS: /u) as string,
    });
    const wrong = { ...settings, tls: 'starttls', password_env: 'WRONG' };
    expect(await create(sink.port, wrong).send(firing(), signal())).toEqual({
      kind: 'refused',
      scope: 'receiver',
      reason: 'smtp_535 to AUTH',
    });
    expect(sink.mails).toEqual([]);
  });

  it('never falls back to clear text', async () => {
    await using sink = await startSmtpSink();
    expect(await create(sink.port, { tls: 'starttls' }).send(firing(), signal())).toMatchObject({
      kind: 'refused',
    });
    expect(sink.mails).toEqual([]);
  });

  it('says where certificates are missing', async () => {
    const missing = { ...settings, tls: 'tls', ca_file: 'none.pem' };
    expect(await create(1, missing).send(firing(), signal())).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/^the certificates in .*none\.pem cannot be read \(ENOENT\)$/u) as string,
    });
  });
});

const base = { from: 'a@example.com', to: ['b@example.com'], host: 'mail.example.com' };
it.each([
  [{ ...base, from: 'nobody' }, 'not an address: write oncall@example.com or On call <oncall@example.com>'],
  [
    { ...base, to: ['a@example.com\r\nBcc: x@example.com'] },
    'not an address: write oncall@example.com or On call <oncall@example.com>',
  ],
  [{ ...base, username: 'u' }, 'give exactly one of password_file and password_env'],
  [{ ...base, password_env: 'P' }, 'a password needs a username'],
  [
    { ...base, username: 'u', password_env: 'P', tls: 'none' },
    'a password is not sent in the clear: use starttls or tls',
  ],
])('refuses the configuration %j', (config, message) => {
  expect(emailConfigSchema.safeParse(config).error?.issues.map((issue) => issue.message)).toContain(message);
});
