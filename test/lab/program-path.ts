import { fileURLToPath } from 'node:url';

/**
 * The file of a program beside the module at `moduleUrl`: TypeScript in the repository, JavaScript in a packed release.
 * `name` is relative to that module, without extension.
 */
export function programPath(moduleUrl: string, name: string): string {
  return fileURLToPath(new URL(name + (moduleUrl.endsWith('.ts') ? '.ts' : '.js'), moduleUrl));
}
