import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage, type BuiltImage } from './build-image.ts';

const root = join(import.meta.dirname, '..');
/** To find chroot by; nothing else of this process is to reach the image. */
const onlyPath = { PATH: process.env['PATH'] ?? '' };
const asRoot = process.getuid?.() === 0;

let output: string;
let image: BuiltImage;
let directory: string;

/** Both layers as one tree, as a container sees them. */
function unpack(): string {
  const target = join(output, 'root');
  for (const layer of ['base', 'application', 'data'])
    cpSync(join(output, 'layers', layer), target, { recursive: true, verbatimSymlinks: true });
  return target;
}

beforeAll(async () => {
  output = mkdtempSync(join(tmpdir(), 'saccade-image-'));
  const options = { output, release: undefined, layersOnly: false, repository: 'localhost/saccade' };
  image = await buildImage(root, options);
  directory = unpack();
}, 600_000);
afterAll(() => rmSync(output, { recursive: true, force: true }));

function listLayer(layer: string): readonly string[] {
  const script = 'tar -xOf "$0" "$1" | tar --numeric-owner -tvf -';
  const output = execFileSync('sh', ['-c', script, image.archive, layer], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return output.split('\n');
}

const paths = (): readonly string[] => image.files.map(({ path }) => path);

describe('the image', () => {
  it.runIf(asRoot)('runs Saccade with nothing but its own files', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const run = (...args: string[]) =>
      execFileSync('chroot', ['--userspec=65532:65532', directory, '/usr/local/bin/saccade', ...args], {
        encoding: 'utf8',
        env: onlyPath,
      });
    expect(run('--version').trim()).toBe(version);
    expect(image.reference).toBe(`localhost/saccade:${version}`);
    // Loads rules, the largest part of the code and the shipped files.
    expect(run('rules', 'list')).toContain('RetransmitSpike');
  });

  it.runIf(asRoot)('finds libbpf and the native module', () => {
    const code = `const {default: koffi} = await import('/opt/saccade/node_modules/koffi/index.js');
      process.stdout.write(String(koffi.load('libbpf.so.1').func('int libbpf_major_version()')()))`;
    const script = ['--input-type=module', '-e', code];
    expect(
      execFileSync('chroot', [directory, '/usr/local/bin/node', ...script], {
        encoding: 'utf8',
        env: onlyPath,
      }),
    ).toBe('1');
  });

  it('lets every user through to the data folder, and its owner alone into it', () => {
    const list = execFileSync('tar', ['-tvf', image.archive, '--wildcards', '*.tar'], { encoding: 'utf8' });
    const entries = list.match(/\S+\.tar$/gmu)?.flatMap((layer) => listLayer(layer)) ?? [];
    const folders = entries.filter((line) => /\s(?:\.\/)?var(?:\/lib(?:\/saccade)?)?\/$/u.test(line));
    expect(folders.map((line) => line.split(/\s+/u).slice(0, 2))).toEqual([
      ['drwxr-xr-x', '0/0'],
      ['drwxr-xr-x', '0/0'],
      ['drwx------', '65532/65532'],
    ]);
  });

  it('holds no shell, no compiler, no package manager', () => {
    const programs = paths().filter((path) => /(?:^|\/)s?bin\//u.test(path) && !path.startsWith('opt/'));
    expect(programs).toEqual(['usr/local/bin/node', 'usr/local/bin/saccade']);
    const tools =
      /\/(?:sh|bash|dash|busybox|gcc|cc1|clang(?:-\d+)?|ld|as|esbuild|make|npm|npx|tsc|apt(?:-get)?|dpkg)$/u;
    expect(paths().filter((path) => tools.test(`/${path}`))).toEqual([]);
  });

  it('holds no development dependency and no test', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    const development = Object.keys(devDependencies).map(
      (name) => `opt/saccade/node_modules/${name}/package.json`,
    );
    // What a dependency depends on itself is no development dependency here.
    const wanted = new Set(productionPackages());
    expect(paths().filter((path) => development.includes(path) && !wanted.has(path))).toEqual([]);
    expect(paths().filter((path) => /\.test\.[cm]?[jt]s$|(?:^|\/)__tests__\/|\.ts$/u.test(path))).toEqual([]);
  });

  it('holds the script of the console as it is served, and no source of it', () => {
    const ofConsole = paths().filter((path) => path.startsWith('opt/saccade/dist/console/'));
    const names = ofConsole.map((path) => path.slice('opt/saccade/dist/console/'.length));
    expect(names).toEqual(expect.arrayContaining(['bundle/main.js', 'bundle/style.css', 'bundle/icon.svg']));
    expect(names.filter((name) => name.startsWith('web/'))).toEqual([]);
  });

  it('holds the objects of its own architecture, and every one of them', () => {
    const own = process.arch === 'arm64' ? 'arm64' : 'x86';
    const objects = paths().filter((path) => path.endsWith('.bpf.o'));
    const families = paths().filter((path) => path.endsWith('.bpf.c'));
    expect(objects).toHaveLength(families.length);
    expect(objects.every((path) => path.startsWith(`opt/saccade/bpf/build/${own}/`))).toBe(true);
  });

  it('is listed: each Debian package for scanners, each npm package in the SBOM', () => {
    expect(paths()).toContain('var/lib/dpkg/status.d/libbpf1');
    const sbom = JSON.parse(readFileSync(join(output, 'saccade.cdx.json'), 'utf8')) as {
      bomFormat: string;
      components: { purl: string }[];
    };
    expect(sbom.bomFormat).toBe('CycloneDX');
    const purls = sbom.components.map(({ purl }) => purl);
    expect(purls.some((purl) => purl.startsWith('pkg:npm/koffi@'))).toBe(true);
    expect(purls.some((purl) => purl.startsWith('pkg:deb/debian/libbpf1@'))).toBe(true);
  });

  it('has the same id when it is built again from the same release', async () => {
    const release = join(output, 'release', `saccade-${image.reference.split(':')[1]}.tgz`);
    const again = mkdtempSync(join(tmpdir(), 'saccade-image-'));
    const options = { output: again, release, layersOnly: false, repository: 'localhost/saccade' };
    try {
      expect((await buildImage(root, options)).id).toBe(image.id);
    } finally {
      rmSync(again, { recursive: true });
    }
  }, 300_000);
});

function productionPackages(): readonly string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  return Object.entries(lock.packages)
    .filter(([, { dev }]) => dev !== true)
    .map(([path]) => `opt/saccade/${path}/package.json`);
}
