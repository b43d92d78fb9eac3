import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { runTool } from './run-tool.ts';
import { type SharedLibrary, sharedLibraries } from './shared-libraries.ts';

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** Neither root nor anybody of the node: the number that distroless images use. */
export const nonrootId = 65_532;

/**
 * Writes Node, the libraries that it and the agent link to, and what a C library wants to find (users, name service,
 * /tmp) below `directory`. No shell, no package manager, no compiler. Gives the Debian packages that are in it.
 */
export function assembleBase(
  directory: string,
  node: string,
  addons: readonly string[],
): readonly DebianPackage[] {
  writeSkeleton(directory);
  install(node, join(directory, 'usr/local/bin/node'), 0o755);
  const libraries = sharedLibraries([node, ...addons], ['libbpf.so.1']);
  for (const { path } of libraries) installLibrary(path, directory);
  return packagesOf(libraries).map((name) => describePackage(name, directory));
}

function writeSkeleton(directory: string): void {
  for (const name of ['usr/lib', 'usr/lib64', 'usr/bin', 'etc/saccade', 'proc', 'sys', 'dev', 'run', 'tmp'])
    mkdirSync(join(directory, name), { recursive: true });
  for (const name of ['lib', 'lib64', 'bin']) symlinkSync(`usr/${name}`, join(directory, name));
  chmodSync(join(directory, 'tmp'), 0o1777);
  const etc = {
    passwd: `root:x:0:0:root:/:/sbin/nologin\nnonroot:x:${nonrootId}:${nonrootId}:nonroot:/var/lib/saccade:/sbin/nologin\n`,
    group: `root:x:0:\nnonroot:x:${nonrootId}:\n`,
    'nsswitch.conf': 'hosts: files dns\n',
    'os-release': readFileSync('/etc/os-release', 'utf8'),
  };
  for (const [name, text] of Object.entries(etc)) writeFileSync(join(directory, 'etc', name), text);
}

/** Under the name that the linker looks for, below /usr, where /lib points to. */
function installLibrary(path: string, directory: string): void {
  const target = path.startsWith('/usr/') ? path : `/usr${path}`;
  install(realpathSync(path), join(directory, target), 0o755);
}

function install(from: string, to: string, mode: number): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, mode);
}

function packagesOf(libraries: readonly SharedLibrary[]): readonly string[] {
  return [...new Set(libraries.map(({ packageName }) => packageName))].toSorted();
}

/** Scanners find packages of an image without a package manager in /var/lib/dpkg/status.d, as distroless has it. */
function describePackage(qualified: string, directory: string): DebianPackage {
  const format = '${binary:Package}\\t${Version}\\t${Architecture}';
  const [, version = '', architecture = ''] = runTool('dpkg-query', ['-W', '-f', format, qualified]).split(
    '\t',
  );
  const name = qualified.split(':')[0] ?? qualified;
  const status = join(directory, 'var/lib/dpkg/status.d', name);
  mkdirSync(dirname(status), { recursive: true });
  writeFileSync(status, runTool('dpkg-query', ['-s', qualified]));
  const copyright = `/usr/share/doc/${name}/copyright`;
  if (existsSync(copyright)) install(realpathSync(copyright), join(directory, copyright), 0o644);
  return { name, version, architecture };
}
