import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** As far as tests look at it: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml, `gettableAlert`. */
export interface GettableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly status: { readonly state: string };
}

const program = 'prometheus-alertmanager';
const startWithinMs = 20_000;

/** The real Alertmanager on a free port, in a folder of its own, notifying one webhook. */
export class Alertmanager implements AsyncDisposable {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #folder: string;

  constructor(url: string, process: ChildProcess, folder: string) {
    this.url = url;
    this.#process = process;
    this.#folder = folder;
  }

  /** Active alerts, as its own API tells them. */
  async alerts(): Promise<readonly GettableAlert[]> {
    const answer = await fetch(`${this.url}/api/v2/alerts`);
    return (await answer.json()) as readonly GettableAlert[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#process, 'exit');
    if (this.#process.exitCode === null && this.#process.kill('SIGKILL')) await exited;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const configOf = (webhook: string): string => `
route: {receiver: sink, group_by: [path], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers: [{name: sink, webhook_configs: [{url: "${webhook}", send_resolved: true}]}]
`;

/** Starts it and waits until it listens. Needs Debian's package of the same name. */
export async function startAlertmanager(webhook: string): Promise<Alertmanager> {
  const folder = await mkdtemp(join(tmpdir(), 'saccade-alertmanager-'));
  await writeFile(join(folder, 'alertmanager.yml'), configOf(webhook));
  const child = spawn(
    program,
    [
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
      '--cluster.listen-address=',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  try {
    return new Alertmanager(await listeningUrl(child), child, folder);
  } catch (error) {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** From its own log, since it chose the port. */
async function listeningUrl(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stderr ?? process.stdin });
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${program} does not listen:\n${said.join('\n')}`)),
      startWithinMs,
    );
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`${program} does not start (apt install ${program}): ${error.message}`));
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`${program} ended with ${code}:\n${said.join('\n')}`));
    });
    lines.on('line', (line) => {
      if (said.length < 50) said.push(line);
      const [, address] = /Listening on" address=(127\.0\.0\.1:\d+)/u.exec(line) ?? [];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(`http://${address}`);
    });
  });
}
