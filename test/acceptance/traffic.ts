import { runCommand } from '../lab/run-command.ts';
import { startClient, startServer } from '../lab/traffic.ts';
import type { Scene } from '../timeline/scene.ts';

export const pair = ['checkout', 'payments'];
/** Longer than any play. */
export const lastingS = 300;

/** `checkout` calls `payments`: 5 connections with 40 requests a second each. */
export async function steadyTraffic(scene: Scene): Promise<void> {
  await startServer(scene.host('payments'), { seconds: lastingS });
  await startClient(scene.host('checkout'), { target: 'payments', family: 4, seconds: lastingS });
}

/** As a pod ends: its name first, then all its processes, and the kernel takes the network apart. */
export async function endHosts({ lab }: Scene): Promise<void> {
  for (const { namespace } of lab.hosts) await runCommand('ip', ['netns', 'del', namespace]);
  for (const host of lab.hosts) host.killProcesses();
}
