import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Detector } from '../../demo/detector.ts';

export interface MeasuredAgent extends AsyncDisposable {
  readonly pid: number;
}

/** The real program with its shipped rules and its flight recorder, paging nobody but its own terminal. */
export async function startAgent(): Promise<MeasuredAgent> {
  await using building = new AsyncDisposableStack();
  const { path: folder } = building.use(await mkdtempDisposable(join(tmpdir(), 'saccade-cost-')));
  const configPath = join(folder, 'saccade.yaml');
  await writeFile(configPath, 'listen: 127.0.0.1:0\nlog_level: error\n');
  const detector = building.use(new Detector({ configPath, dataDirectory: join(folder, 'data') }));
  await detector.start();
  const { pid } = detector;
  const cleanUp = building.move();
  return { pid, [Symbol.asyncDispose]: () => cleanUp.disposeAsync() };
}
