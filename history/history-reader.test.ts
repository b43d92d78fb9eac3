import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHistoryReader } from './history-reader.ts';
import { HistoryScene } from './testing/history-scene.ts';
import { envelope, transition } from './testing/sample-events.ts';

const run = promisify(execFile);
const secondProcess = `
  const { openHistoryReader } = await import('${new URL('history-reader.ts', import.meta.url).href}');
  const { openEmbeddedLog } = await import('${new URL('../stream/embedded/embedded-log.ts', import.meta.url).href}');
  const path = process.argv[1];
  process.stdout.write(openHistoryReader(path).listAlerts()[0].id);
  try {
    openEmbeddedLog({ path, clock: { nowMs: () => 0 } });
  } catch (error) {
    process.stdout.write(' ' + error.code);
  }
`;

let scene: HistoryScene;
beforeEach(() => {
  scene = new HistoryScene();
});
afterEach(() => scene.dispose());

describe('openHistoryReader', () => {
  it('reads while another connection writes, and refuses to write', async () => {
    using reader = openHistoryReader(scene.path);
    await scene.append('alerts', transition({ state: 'firing', level: 'page' }));
    expect(reader.listAlerts()).toHaveLength(1);
  });

  it('reads from a second process while the first one runs, which the log refuses to', async () => {
    await scene.append('alerts', transition({ state: 'firing', level: 'page' }));
    const { stdout } = await run(process.execPath, [
      '--input-type=module',
      '--eval',
      secondProcess,
      scene.path,
    ]);
    expect(stdout).toBe('3f9a1c02-1 LOG_IN_USE');
  });

  it('reads when nobody runs', async () => {
    await scene.append('alerts', transition({ state: 'firing', level: 'page' }));
    await scene.close();
    {
      using reader = openHistoryReader(scene.path);
      expect(reader.listAlerts()).toHaveLength(1);
    }
    await scene.restart();
  });

  it('says that there is no history yet', () => {
    expect(() => openHistoryReader(`${scene.path}.none`)).toThrow(/no history yet/);
  });
});

it('shows dead letters', async () => {
  await scene.offer('signals', envelope('io.saccade.unknown.v1', {}));
  expect(scene.reader.listDeadLetters({ stage: 'append' })).toMatchObject([
    { letter: { reason: 'unknown event type io.saccade.unknown.v1' } },
  ]);
});
