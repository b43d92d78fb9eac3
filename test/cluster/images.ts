import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from '../lab/run-command.ts';
import { writeImageArchive } from './image-archive.ts';

/** Raised whenever what is in the images changes. */
const edition = 1;

/**
 * The folder of the images that every cluster starts with, made from this machine's files at the first call:
 * `localhost/pause:1`, `localhost/busybox:1`, `localhost/node:24` (Node and a shell) and `localhost/coredns:1`.
 */
export async function clusterImages(binaries: string): Promise<string> {
  const cached = join(dirname(binaries), `images-${edition}-${process.version}`);
  if (existsSync(cached)) return cached;
  const made = mkdtempSync(`${cached}.`);
  try {
    await makeImages(made, binaries);
    renameIfFirst(made, cached);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return cached;
}

async function makeImages(folder: string, binaries: string): Promise<void> {
  const roots = join(folder, 'roots');
  const busybox = await busyboxRoot(join(roots, 'busybox'));
  await writeImageArchive(join(folder, 'busybox.tar'), { tag: 'localhost/busybox:1', root: busybox });
  await writeImageArchive(join(folder, 'pause.tar'), {
    tag: 'localhost/pause:1',
    root: busybox,
    entrypoint: ['/bin/sleep', '2147483647'],
  });
  await writeImageArchive(join(folder, 'node.tar'), {
    tag: 'localhost/node:24',
    root: await nodeRoot(join(roots, 'node'), busybox),
    entrypoint: ['/usr/bin/node'],
  });
  await writeImageArchive(join(folder, 'coredns.tar'), {
    tag: 'localhost/coredns:1',
    root: corednsRoot(join(roots, 'coredns'), binaries),
    entrypoint: ['/coredns'],
  });
  rmSync(roots, { recursive: true });
}

async function busyboxRoot(root: string): Promise<string> {
  for (const directory of ['bin', 'tmp', 'etc', 'proc', 'sys', 'dev', 'root'])
    mkdirSync(join(root, directory), { recursive: true });
  const busybox = (await runCommand('sh', ['-c', 'readlink -f "$(command -v busybox)"'])).trim();
  copyFileSync(busybox, join(root, 'bin/busybox'));
  const applets = (await runCommand('busybox', ['--list'])).split('\n');
  for (const applet of applets.filter((name) => name !== '' && name !== 'busybox'))
    symlinkSync('busybox', join(root, 'bin', applet));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
  return root;
}

/** The Node that runs this, with the libraries that the loader finds for it here. */
async function nodeRoot(root: string, busybox: string): Promise<string> {
  cpSync(busybox, root, { recursive: true, verbatimSymlinks: true });
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  copyFileSync(process.execPath, join(root, 'usr/bin/node'));
  const libraries = (await runCommand('ldd', [process.execPath])).matchAll(/(\/\S+) \(0x/g);
  for (const [, library = ''] of libraries) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(library, join(root, library));
  }
  return root;
}

function corednsRoot(root: string, binaries: string): string {
  mkdirSync(root, { recursive: true });
  copyFileSync(join(binaries, 'coredns'), join(root, 'coredns'));
  return root;
}

/** Another test may have made them meanwhile: its are as good. */
function renameIfFirst(made: string, cached: string): void {
  try {
    renameSync(made, cached);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
