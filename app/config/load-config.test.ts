import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'saccade-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(text: string): string {
  const path = join(folder, 'saccade.yaml');
  writeFileSync(path, text);
  return path;
}

describe('loadConfig', () => {
  it('takes an empty file for the defaults', () => {
    const { config, notify } = loadConfig({ config: write('') });
    expect(config.listen).toBe('127.0.0.1:9977');
    expect(notify.defaulted).toBe(true);
  });

  it('reads units and resolves paths against the file', () => {
    const path = write('data: state\nrules: { files: [rules.d], learn: 8s }\ncaptures: { max_bytes: 5MB }\n');
    const loaded = loadConfig({ config: path });
    expect(loaded.dataDirectory).toBe(join(folder, 'state'));
    expect(loaded.ruleFiles).toEqual([join(folder, 'rules.d')]);
    expect(loaded.config.rules.learn).toBe(8000);
    expect(loaded.config.captures.max_bytes).toBe(5_000_000);
  });

  it('tells all faults at once, each with its place and a suggestion', () => {
    const path = write(
      'lisen: 127.0.0.1:1\ncaptures:\n  max_bytes: lots\nnotifications:\n  route: {reciever: x}\n',
    );
    expect(() => loadConfig({ config: path })).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: expect.stringMatching(
          /:1:1: .*unknown key "lisen".*did you mean "listen"[\s\S]*:3:14: .*not a size[\s\S]*:5:\d+: .*reciever/u,
        ) as string,
      }),
    );
  });

  it('names the place of broken YAML', () => {
    expect(() => loadConfig({ config: write('a: [1\nb: 2\n') })).toThrow(
      /saccade\.yaml:2:\d+: not valid YAML/u,
    );
  });

  it('does not start without the file that was named', () => {
    expect(() => loadConfig({ config: join(folder, 'none.yaml') })).toThrow('cannot read the configuration');
  });
});
