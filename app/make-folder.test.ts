import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from './make-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'saccade-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('makeFolder', () => {
  it('makes all folders on the way for their owner alone, and is content with one that is there', () => {
    const path = join(folder, 'a', 'b');
    makeFolder(path, 0o700);
    makeFolder(path, 0o700);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it('says so where a file is in the way', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => makeFolder(join(folder, 'file', 'x'), 0o700)).toThrow('ENOTDIR');
    expect(() => makeFolder(join(folder, 'file'), 0o700)).toThrow('EEXIST');
  });

  it.runIf(existsSync('/proc/self'))('gives up on a file system that makes no folders', () => {
    expect(() => makeFolder('/proc/saccade/x', 0o700)).toThrow('ENOENT');
  });
});
