import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Registry } from 'prom-client';
import { createCaptureUpload } from '../../app/processes/capture-upload.ts';
import { openS3Store } from '../../app/open-s3-store.ts';
import { openCaptureFiles } from '../../app/open-capture-files.ts';
import { loadConfig } from '../../app/config/load-config.ts';
import { silentLogger } from '../../stream/stream-logger.ts';
import { type ObjectStore, startObjectStore } from './object-store.ts';

let store: ObjectStore;
let directory: string;
beforeAll(async () => {
  store = await startObjectStore();
  directory = mkdtempSync(join(tmpdir(), 'saccade-s3-test-'));
  writeFileSync(join(directory, 'id'), store.accessKeyId);
  writeFileSync(join(directory, 'secret'), store.secretAccessKey);
}, 1_200_000);
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

function configured() {
  const path = join(directory, 'saccade.yaml');
  const s3 = `{ bucket: ${store.bucket}, prefix: all/, endpoint: '${store.url}', access_key_id_file: id, secret_access_key_file: secret }`;
  writeFileSync(path, `node: n/1\ndata: ${directory}\ncaptures: { store: { s3: ${s3} } }\n`);
  return loadConfig({ config: path });
}

function makeFile(text: string) {
  const contents = Buffer.alloc(1_500_000, text);
  const path = join(directory, `${text}.pcapng`);
  writeFileSync(path, contents);
  return {
    id: text,
    path,
    bytes: contents.length,
    sha256: createHash('sha256').update(contents).digest('hex'),
  };
}

const uploadOf = (loaded: ReturnType<typeof configured>) =>
  createCaptureUpload({
    loaded,
    link: {},
    instance: 'i1',
    logger: silentLogger,
    registry: new Registry(),
  });
const { signal } = new AbortController();

describe('captures in an S3-compatible object store', () => {
  it('are stored, verified, and read back from where they are told to be', { timeout: 60_000 }, async () => {
    const loaded = configured();
    const file = makeFile('one');
    const upload = uploadOf(loaded);
    const uploaded = await upload?.put(file, signal);
    expect(uploaded).toEqual({
      file: `s3://captures/all/n%2F1/one-${file.sha256.slice(0, 16)}.pcapng`,
      reason: null,
    });
    // Again, as after a crash.
    expect(await upload?.put(file, signal)).toEqual(uploaded);
    const { bytes, stream } = await openCaptureFiles(loaded).open(uploaded?.file ?? '');
    expect(bytes).toBe(file.bytes);
    expect(
      createHash('sha256')
        .update(await buffer(stream))
        .digest('hex'),
    ).toBe(file.sha256);
    expect(existsSync(join(store.folder, 'all'))).toBe(true);
  });

  it('wait for a store that is away', { timeout: 120_000 }, async () => {
    const file = makeFile('two');
    await store.kill();
    const brought = uploadOf(configured())?.put(file, signal);
    await store.restart();
    expect((await brought)?.reason).toBeNull();
  });

  it(
    'are refused by the store where they came otherwise than they were told',
    { timeout: 60_000 },
    async () => {
      const loaded = configured();
      const { s3 } = loaded.config.captures.store ?? {};
      if (s3 === undefined) throw new Error('no store');
      const file = makeFile('three');
      const wrong = { ...file, sha256: createHash('sha256').update('another').digest('hex') };
      const client = openS3Store(s3, loaded.directory);
      const location = client.locationOf('n', wrong.id, wrong.sha256);
      await expect(client.put(location, wrong, signal)).rejects.toThrow();
      await expect(client.open(location)).rejects.toThrow();
      await client.close();
    },
  );

  it(
    'say so where they are gone, elsewhere, or a file that is nobody’s business',
    { timeout: 60_000 },
    async () => {
      const files = openCaptureFiles(configured());
      await expect(files.open('s3://captures/all/n/none.pcapng')).rejects.toThrow('the file is gone');
      await expect(files.open('s3://other/x')).rejects.toThrow('no object store that is configured here');
      await expect(files.open('/etc/passwd')).rejects.toThrow('not in the folder of captures');
      await expect(files.open(join(directory, 'captures', '..', 'secret'))).rejects.toThrow(
        'not in the folder',
      );
      expect(readdirSync(directory)).toContain('secret');
    },
  );
});
