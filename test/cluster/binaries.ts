import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../setup/cluster.sh', import.meta.url));
/** A first build takes minutes, and another one may be under way. */
const timeoutMs = 30 * 60_000;

/** The folder of Kubernetes' programs; built at the first call on a machine. */
export function clusterBinaries(): string {
  const result = spawnSync('sh', [script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: timeoutMs,
  });
  if (result.status !== 0) throw new Error('setup/cluster.sh failed, see above');
  return result.stdout.trim();
}
