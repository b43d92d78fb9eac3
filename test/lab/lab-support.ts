import { existsSync } from 'node:fs';
import { runCommandSync } from './run-command.ts';

/** Why a lab cannot be made here, or undefined where it can. */
export function whyNoLab(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces exist on Linux only';
  if (process.getuid?.() !== 0) return 'making network namespaces needs root';
  const commands = ['ip', 'nft', 'nsenter', 'setpriv', 'tc'];
  const missing = commands.filter((command) => !isInstalled(command));
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  return existsSync('/proc/self/ns/net') ? undefined : 'this kernel has no network namespaces';
}

function isInstalled(command: string): boolean {
  return runCommandSync('sh', ['-c', `command -v ${command}`]);
}
