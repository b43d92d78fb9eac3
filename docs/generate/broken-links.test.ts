import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { brokenLinks } from './broken-links.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'saccade-links-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

describe('brokenLinks', () => {
  it('follows files, folders, pictures and headings from where the page lies', () => {
    write('docs/picture.png', '');
    write('docs/page.md', '# The `page`\n\n## What, then?\n\n## What, then?\n');
    write(
      'README.md',
      '[a](docs) [b](docs/page.md#the-page) [c](docs/page.md#what-then-1) ![d](docs/picture.png) [e](#here)\n\n## Here\n',
    );
    expect(brokenLinks(root)).toEqual([]);
  });

  it('names the page and the target that is not there', () => {
    write('docs/page.md', '[up](../README.md#gone) [beside](other.md "title")\n<img src="none.png">\n');
    write('README.md', '# Top\n');
    expect(brokenLinks(root)).toEqual([
      'docs/page.md: ../README.md#gone',
      'docs/page.md: other.md',
      'docs/page.md: none.png',
    ]);
  });

  it('leaves other hosts, code and what npm installed alone', () => {
    write('README.md', '[a](https://example.com/x) `[b](none)`\n\n```md\n[c](none)\n```\n');
    write('node_modules/x/README.md', '[a](none)');
    expect(brokenLinks(root)).toEqual([]);
  });
});
