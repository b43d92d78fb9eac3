import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../app/config/load-config.ts';
import { packageRoot } from '../app/package-root.ts';

const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8');
const packageFile = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'saccade-readme-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('README.md', () => {
  it('shows a configuration that is one', () => {
    const [, text = ''] = /```yaml\n([\s\S]*?)```/u.exec(readme) ?? [];
    const path = join(folder, 'saccade.yaml');
    writeFileSync(path, text);
    const { notify } = loadConfig({ config: path });
    expect(notify.receivers.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'slack team',
      'slack oncall',
      'terminal terminal',
    ]);
  });

  it('names npm scripts that there are', () => {
    const named = [...readme.matchAll(/npm (?:run (?:--silent )?)?(\w[\w:]*)/gu)].map(
      ([, name = '']) => name,
    );
    const own = named.filter((name) => name !== 'packages' && name !== 'run');
    expect(own.length).toBeGreaterThan(3);
    for (const name of own) expect(packageFile.scripts).toHaveProperty([name]);
  });
});
