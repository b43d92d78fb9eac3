import { startClient, startServer, type ClientOptions } from '../lab/traffic.ts';
import type { Scene } from '../timeline/scene.ts';

export const pair = ['checkout', 'payments'];
/** Longer than any play. */
export const lastingS = 300;

/** `checkout` asks `payments`; left out: on 5 connections, 40 requests a second each. */
export function requests(shape: Partial<ClientOptions> = {}): (scene: Scene) => Promise<void> {
  return async (scene) => {
    await startServer(scene.host('payments'), { seconds: lastingS });
    await startClient(scene.host('checkout'), { target: 'payments', family: 4, seconds: lastingS, ...shape });
  };
}

/** `payments` serves iperf3, `checkout` sends as fast as it can, `seconds` long. */
export function sendBulk(scene: Scene, seconds: number, rate?: string): void {
  scene.host('payments').spawn('iperf3', ['--server', '--one-off']);
  const limit = rate === undefined ? [] : ['--bitrate', rate];
  const send = ['--client', scene.host('payments').address4, '--time', String(seconds), ...limit];
  // The server takes a moment to listen, and the client asks once.
  scene.host('checkout').spawn('sh', ['-c', `sleep 1; exec iperf3 ${send.join(' ')}`]);
}
