import type { ActiveFault } from '../lab/faults.ts';
import { injectFault } from '../lab/faults.ts';
import type { Cluster } from './cluster.ts';
import type { PodNetwork } from './cluster-node.ts';

/** The oldest running pod of an app of the shop. */
export async function shopPod(cluster: Cluster, app: string): Promise<PodNetwork> {
  const [name = ''] = await cluster.pods('shop', `app=${app}`);
  return await cluster.podNetwork('shop', name);
}

/** Of what `sender` sends to `receiver`, this share is lost where it arrives. */
export async function loseTowards(
  cluster: Cluster,
  receiver: string,
  sender: string,
  percent: number,
): Promise<ActiveFault> {
  const { address } = await shopPod(cluster, sender);
  const from = { address4: address, address6: '2001:db8::1' };
  return injectFault(await shopPod(cluster, receiver), { kind: 'loss', percent }, { from });
}
