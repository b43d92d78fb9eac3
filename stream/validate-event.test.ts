import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fenceType } from '../notifiers/stage/outbox-view.ts';
import { createCloudEvent, type CloudEvent } from './cloud-event.ts';
import { createEntry } from './conformance/tally-stage.ts';
import { parseCloudEvent } from './parse-cloud-event.ts';
import { eventSchemas, validateEvent } from './validate-event.ts';

const entry = createEntry('e1', 'a');

describe('validateEvent', () => {
  it('takes an event of a known type', () => {
    expect(validateEvent(entry)).toBeUndefined();
  });

  it.each<readonly [string, unknown, string]>([
    ['no object', null, 'not an object'],
    ['another version', { ...entry, specversion: '0.3' }, 'specversion'],
    ['no id', { ...entry, id: '' }, 'id is missing'],
    ['no time', { ...entry, time: 'yesterday' }, 'no RFC 3339 time'],
    ['an unknown type', { ...entry, type: 'io.saccade.later.v2' }, 'unknown event type io.saccade.later.v2'],
    ['other data', { ...entry, data: { fingerprint: 7, by: 'me' } }, 'fingerprint: '],
  ])('says what is wrong with %s', (_, event, reason) => {
    expect(validateEvent(event as CloudEvent)).toContain(reason);
  });

  it('knows every type that a file of stream/events declares', async () => {
    const directory = new URL('events/', import.meta.url);
    const declared: string[] = [];
    const files = readdirSync(directory).filter((name) => !name.endsWith('.test.ts'));
    for (const file of files) {
      const exported = (await import(new URL(file, directory).href)) as Readonly<Record<string, unknown>>;
      for (const [name, value] of Object.entries(exported))
        if (name.endsWith('Type') && typeof value === 'string') declared.push(value);
    }
    expect([...eventSchemas.keys()].toSorted()).toEqual(declared.toSorted());
  });

  it('takes what the outbox appends for itself', () => {
    const fence = createCloudEvent({
      id: 'f',
      source: '/notify',
      type: fenceType,
      timeMs: 0,
      partitionkey: 'outbox',
      data: {},
    });
    expect(validateEvent(fence)).toBeUndefined();
  });
});

describe('parseCloudEvent', () => {
  it('reads an envelope back', () => {
    expect(parseCloudEvent(JSON.stringify(entry))).toEqual({ ok: true, event: entry });
  });

  it.each(['', '{', 'null', '[]', '{"specversion":"1.0"}'])('gives a reason for %j', (text) => {
    expect(parseCloudEvent(text)).toMatchObject({ ok: false, reason: expect.any(String) as string });
  });
});
