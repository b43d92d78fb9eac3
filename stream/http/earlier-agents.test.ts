import { readFileSync } from 'node:fs';
import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { CloudEvent } from '../cloud-event.ts';
import { agentHeaders } from './protocol.ts';
import { createRequestEvent } from './testing/agent-events.ts';
import { type Door, openDoor } from './testing/open-door.ts';

/** What agents of 0.1 send, as it was when that was new: not to be changed, only to be added to by later versions. */
const recorded = JSON.parse(
  readFileSync(new URL('testdata/agent-0.1.json', import.meta.url), 'utf8'),
) as Readonly<Record<'events' | 'commands' | 'capture', RecordedRequest>>;

interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const postEvents = (door: Door, events: unknown, headers: Readonly<Record<string, string>> = {}) =>
  fetch(new URL(recorded.events.path, door.url), {
    method: recorded.events.method,
    headers: { ...recorded.events.headers, ...headers },
    body: zstdCompressSync(JSON.stringify(events)),
  });

describe('an agent of 0.1', () => {
  it('is taken what it sends', async () => {
    await using door = await openDoor();
    const answer = await postEvents(door, recorded.events.body);
    expect(await answer.json()).toEqual({ accepted: 4, refused: 1 });
    expect(door.ids('signals')).toEqual(['n1/boot/1', 'n1/boot/2']);
    expect(door.ids('captures')).toEqual(['3f2a-1-2/complete']);
    // Its own dead letter; none of ours.
    expect(door.ids('dead')).toHaveLength(1);
  });

  it('gets its commands', async () => {
    await using door = await openDoor();
    const aborted = new AbortController();
    const { method, path, headers } = recorded.commands;
    const answer = await fetch(new URL(path, door.url), { method, headers, signal: aborted.signal });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    await door.log.append('captures', [createRequestEvent('c1', 'n1')]);
    let text = '';
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes('"c1"')) break;
    }
    aborted.abort();
    expect(text).toMatch(/id: \S+\/\d+\nevent: io\.saccade\.capture\.requested\.v1\ndata: \{.*"c1"/);
  });

  it('brings its files', async () => {
    const stored: unknown[] = [];
    await using door = await openDoor({
      captures: { store: async (capture, body) => void (stored.push(capture), body.resume()) },
    });
    const { method, path, headers } = recorded.capture;
    const answer = await fetch(new URL(path, door.url), { method, headers, body: Buffer.of() });
    expect(answer.status).toBe(204);
    expect(stored).toEqual([
      {
        id: '3f2a-1-2',
        node: 'n1',
        bytes: 0,
        sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      },
    ]);
  });
});

describe('an agent of a later version', () => {
  it('is taken what it sends with fields and headers that are not known here', async () => {
    await using door = await openDoor();
    const [batch] = recorded.events.body as readonly [
      CloudEvent<string, { rows: object[]; subject: object }>,
    ];
    const later = {
      ...batch,
      dataschema: 'urn:later',
      traceparent: 'x',
      data: {
        ...batch.data,
        later: true,
        subject: { ...batch.data.subject, zone: 'a' },
        rows: batch.data.rows.map((row) => ({ ...row, weight: 1 })),
      },
    };
    const answer = await postEvents(door, [later], { 'saccade-later': '1', [agentHeaders.version]: '0.2.0' });
    expect(await answer.json()).toEqual({ accepted: 1, refused: 0 });
    expect(door.ids('dead')).toEqual([]);
    expect(door.ids('signals')).toEqual(['n1/boot/1']);
  });

  it('keeps what this server does not know among the dead letters, to be replayed after an update', async () => {
    await using door = await openDoor();
    const [batch] = recorded.events.body as readonly [CloudEvent];
    const answer = await postEvents(door, [{ ...batch, type: 'io.saccade.observations.v2' }]);
    expect(await answer.json()).toEqual({ accepted: 1, refused: 1 });
  });

  it('is told where it speaks another protocol altogether', async () => {
    await using door = await openDoor();
    const answer = await postEvents(door, [], { [agentHeaders.protocol]: '2' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('update this server first');
  });
});
