import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../lab/free-port.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import { startLabProcess } from '../lab/start-lab-process.ts';

/** A real S3-compatible server (versitygw over a folder) on loopback, with one empty bucket. */
export interface ObjectStore extends AsyncDisposable {
  readonly url: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Keys of the objects there are, as files under the bucket's folder. */
  readonly folder: string;
  kill(): Promise<void>;
  /** After `kill`: the same data, the same address. */
  restart(): Promise<void>;
}

const script = fileURLToPath(new URL('../../setup/s3.sh', import.meta.url));
const startTimeoutMs = 60_000;

export async function startObjectStore(): Promise<ObjectStore> {
  const built = spawnSync('sh', [script], { encoding: 'utf8', timeout: 1_200_000 });
  if (built.status !== 0) throw new Error(`setup/s3.sh failed: ${built.stderr}`);
  const directory = mkdtempSync(join(tmpdir(), 'saccade-s3-'));
  const bucket = 'captures';
  mkdirSync(join(directory, 'data', bucket), { recursive: true });
  mkdirSync(join(directory, 'attributes'));
  const port = await freePort();
  const [accessKeyId, secretAccessKey] = ['tester', 'tester-secret-key'];
  const launch = (): LabProcess =>
    startLabProcess(
      built.stdout.trim(),
      [
        ...['--quiet', '--access', accessKeyId, '--secret', secretAccessKey, '--port', `127.0.0.1:${port}`],
        ...['posix', '--sidecar', join(directory, 'attributes'), join(directory, 'data')],
      ],
      'the object store',
    );
  let store = launch();
  await listening(store, port);

  async function kill(): Promise<void> {
    store.kill();
    await store.exited;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    bucket,
    accessKeyId,
    secretAccessKey,
    folder: join(directory, 'data', bucket),
    kill,
    async restart() {
      store = launch();
      await listening(store, port);
    },
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function listening(store: LabProcess, port: number): Promise<void> {
  const deadlineMs = Date.now() + startTimeoutMs;
  while (Date.now() < deadlineMs) {
    if (!store.running) throw new Error(`the object store ended: ${store.stderr}`);
    if (await accepts(port)) return;
    await sleep(50);
  }
  throw new Error(`the object store does not listen after ${startTimeoutMs} ms`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
