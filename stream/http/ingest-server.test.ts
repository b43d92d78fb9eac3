import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../agent/apiserver/testing/certificates.ts';
import type { CloudEvent } from '../cloud-event.ts';
import type { DeadLetterEvent } from '../events/dead-letter.ts';
import { batchContentType, eventsPath, maxUnpackedBytes } from './protocol.ts';
import type { ServerClient } from './server-client.ts';
import { createBatchEvent, createCaptureEvent } from './testing/agent-events.ts';
import { type Door, openDoor } from './testing/open-door.ts';

const token = 'a-token-of-some-length';

function post(
  client: ServerClient,
  events: readonly unknown[],
  pack = (text: string): Buffer => Buffer.from(text),
  encoding?: string,
): Promise<unknown> {
  const headers = { 'content-type': batchContentType, ...(encoding && { 'content-encoding': encoding }) };
  const { signal } = new AbortController();
  const body = pack(JSON.stringify(events));
  return client
    .send({ method: 'POST', path: eventsPath, headers, body, silenceMs: 10_000, signal })
    .then((text) => JSON.parse(text) as unknown);
}

function reasons(door: Door): readonly string[] {
  return door.log.records
    .read(['dead'], 0, 100)
    .flatMap((entry) =>
      entry.kind === 'record' ? [(entry.record.event as DeadLetterEvent).data.reason] : [],
    );
}

describe('the events of agents', () => {
  it.each([
    ['as they are', (text: string) => Buffer.from(text), undefined],
    ['in gzip', (text: string) => gzipSync(text), 'gzip'],
    ['in zstd', (text: string) => zstdCompressSync(text), 'zstd'],
  ])('are taken %s, a repeat only once', async (_, pack, encoding) => {
    await using door = await openDoor();
    const events = [createBatchEvent('n1', 1), createBatchEvent('n1', 2)];
    const client = door.client('n1');
    expect(await post(client, events, pack, encoding)).toEqual({ accepted: 2, refused: 0 });
    await post(client, events, pack, encoding);
    expect(door.ids('signals')).toEqual(['n1/boot/1', 'n1/boot/2']);
  });

  it('get the names of the server before they are stored', async () => {
    await using door = await openDoor({
      admission: { nameBatch: (batch) => ({ ...batch, subject: { ...batch.subject, pod: 'named' } }) },
    });
    await post(door.client('n1'), [createBatchEvent('n1', 1)]);
    const [entry] = door.log.records.read(['signals'], 0, 1);
    expect(entry).toMatchObject({ record: { event: { data: { subject: { pod: 'named' } } } } });
  });

  it('of another node, of another kind, or broken go to the dead letters, and the rest is taken', async () => {
    await using door = await openDoor();
    const own = createBatchEvent('n1', 1);
    const foreign = createBatchEvent('n2', 1);
    const events: readonly unknown[] = [
      foreign,
      { ...foreign, source: own.source, id: 'about-n2' },
      { ...own, id: 'x', type: 'io.saccade.transition.v1' },
      { ...own, id: 'y', data: { ...(own.data as object), rows: 7 } },
      createCaptureEvent('c1', 'n2', {}),
      { specversion: '1.0' },
      own,
    ];
    expect(await post(door.client('n1'), events)).toMatchObject({ accepted: 7 });
    expect(door.ids('signals')).toEqual(['n1/boot/1']);
    expect(door.ids('captures')).toEqual([]);
    expect(reasons(door)).toEqual([
      'node n1 sent an event of /clusters/c1/nodes/n2',
      'node n1 sent an event about n2',
      'agents do not send io.saccade.transition.v1',
      'node n1 sent an event of /nodes/n2/captures',
      'not a CloudEvent: id is missing',
      expect.stringContaining('io.saccade.observations.v1: rows') as string,
    ]);
  });

  it('dead letters of two nodes are two, though their ids are the same', async () => {
    await using door = await openDoor();
    const data = { stage: 's', reason: 'r', topic: 'captures', partition: 0, offset: 1, event: 'x' };
    const letter = { ...createBatchEvent('n1', 1), source: '/stream/dead-letters', id: 's/captures/1' };
    const event = { ...letter, type: 'io.saccade.dead.letter.v1', data } as CloudEvent;
    const { deadLetterType } = await import('../events/dead-letter.ts');
    for (const node of ['n1', 'n2', 'n2'])
      await post(door.client(node), [{ ...event, type: deadLetterType }]);
    expect(door.ids('dead')).toEqual(['s/captures/1', 's/captures/1']);
  });

  it.each([
    ['no JSON', () => Buffer.from('{'), undefined, '400 the body is not JSON'],
    ['no array', () => Buffer.from('{}'), undefined, '400 the body is no JSON array'],
    ['not what it says', () => Buffer.from('[]'), 'gzip', '400 the body is not gzip'],
    ['packed otherwise', () => Buffer.from('[]'), 'br', '415 content-encoding br is not known'],
    ['a bomb', () => gzipSync(Buffer.alloc(maxUnpackedBytes + 1)), 'gzip', '413 the body unpacks to more'],
  ])('are refused as %s', async (_, pack, encoding, message) => {
    await using door = await openDoor();
    await expect(post(door.client('n1'), [], pack, encoding)).rejects.toThrow(message);
  });

  it('wait while the stages are behind, for as long as the server says', async () => {
    await using door = await openDoor({ pressure: () => 'stage judge is behind' });
    await expect(post(door.client('n1'), [createBatchEvent('n1', 1)])).rejects.toMatchObject({
      code: 'HTTP_BUSY',
      retryAfterMs: 5_000,
      message: '503 stage judge is behind',
    });
    expect(door.ids('signals')).toEqual([]);
  });
});

describe('who is let in', () => {
  it('shows the token, which may change', async () => {
    let current = token;
    await using door = await openDoor({ access: { token: async () => current, certificates: false } });
    await post(door.client('n1', { token }), []);
    await expect(post(door.client('n1', { token: 'another' }), [])).rejects.toThrow('401 wrong or missing');
    await expect(post(door.client('n1'), [])).rejects.toMatchObject({ code: 'HTTP_NOT_LET_IN' });
    current = 'another';
    await post(door.client('n1', { token: 'another' }), []);
    await expect(post(door.client('n1', { token }), [])).rejects.toThrow('401');
  });

  it('shows a certificate, of one node or of all', async () => {
    const authority = await createAuthority();
    const stranger = await createAuthority('another authority');
    const tls = { ...(await authority.issue(['127.0.0.1'])), ca: authority.pem };
    await using door = await openDoor({ tls, access: { token: undefined, certificates: true } });
    const as = async (name: string, by = authority) => ({
      tls: { ca: authority.pem, ...(await by.issue([name])) },
    });
    await post(door.client('n1', await as('agents')), [createBatchEvent('n1', 1)]);
    await post(door.client('n1', await as('node/n1')), []);
    await expect(post(door.client('n2', await as('node/n1')), [])).rejects.toThrow(
      '403 the certificate of node n1 does not speak for n2',
    );
    await expect(post(door.client('n1', await as('agents', stranger)), [])).rejects.toThrow('401');
    await expect(post(door.client('n1', { tls: { ca: authority.pem } }), [])).rejects.toThrow('401');
    expect(door.ids('signals')).toEqual(['n1/boot/1']);
  });

  it('may show either where both are set up', async () => {
    const authority = await createAuthority();
    const tls = { ...(await authority.issue(['127.0.0.1'])), ca: authority.pem };
    const access = { token: async () => token, certificates: true };
    await using door = await openDoor({ tls, access });
    await post(door.client('n1', { token, tls: { ca: authority.pem } }), []);
    await post(door.client('n1', { tls: { ca: authority.pem, ...(await authority.issue(['x'])) } }), []);
    await expect(post(door.client('n1', { tls: { ca: authority.pem } }), [])).rejects.toThrow('401');
  });
});
