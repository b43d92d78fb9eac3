import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openIngestAccess } from './ingest-access.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saccade-access-'));
  writeFileSync(join(directory, 'token'), 'a-token-of-some-length\n');
  writeFileSync(join(directory, 'short'), 'short');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('where a server listens for agents', () => {
  it.each([
    ['127.0.0.1:0', {}],
    ['[::1]:0', {}],
    ['0.0.0.0:0', { token_file: 'token' }],
  ])('%s with %j is taken', async (listen, more) => {
    await expect(openIngestAccess({ listen, ...more }, directory)).resolves.toMatchObject({ port: 0 });
  });

  it.each([
    ['0.0.0.0:0', {}, 'beyond this machine agents have to say who they are'],
    [':0', {}, 'beyond this machine'],
    ['0.0.0.0:0', { tls: { cert_file: 'c', key_file: 'k' } }, 'beyond this machine'],
    ['127.0.0.1:0', { token_file: 'short' }, 'fewer than 16 characters'],
    ['127.0.0.1:0', { token_file: 'none' }, 'cannot be read (ENOENT)'],
    ['127.0.0.1:0', { tls: { cert_file: 'none', key_file: 'none' } }, 'ENOENT'],
  ])('%s with %j is refused', async (listen, more, message) => {
    await expect(openIngestAccess({ listen, ...more }, directory)).rejects.toMatchObject({
      name: 'StartError',
      message: expect.stringContaining(message) as string,
    });
  });
});
