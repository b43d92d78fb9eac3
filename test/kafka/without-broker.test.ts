import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runToEnd, SaccadeProcess } from '../app/saccade-process.ts';

let directory: string;
let config: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saccade-no-broker-'));
  config = join(directory, 'saccade.yaml');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe.each(['engine', 'notify'])('saccade %s', (name) => {
  it('waits for a broker, says so, and ends on request', { timeout: 60_000 }, async () => {
    // Port 1 of loopback: nobody listens there.
    writeFileSync(
      config,
      `kafka: { brokers: ['127.0.0.1:1'] }\nlisten: 127.0.0.1:0\nconsole: { enabled: false }\n`,
    );
    await using process = new SaccadeProcess([name, '--config', config, '--data', join(directory, 'data')]);
    await process.until(() => (process.err.includes('waiting for Kafka') ? true : undefined));
    expect(await process.end('SIGTERM')).toMatchObject({ code: 0 });
  });

  it('says what is missing where no broker is configured', { timeout: 60_000 }, async () => {
    writeFileSync(config, 'listen: 127.0.0.1:0\n');
    const { code, err } = await runToEnd([name, '--config', config, '--data', join(directory, 'data')]);
    expect(code).toBe(2);
    expect(err).toContain(`saccade ${name} needs "kafka" in the configuration`);
  });
});
