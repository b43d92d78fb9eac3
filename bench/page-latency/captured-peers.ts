import type { Detector } from '../../demo/detector.ts';
import type { Capture } from '../../stream/events/capture.ts';

type ListedCapture = Pick<Capture, 'phase' | 'selector' | 'packets_before' | 'packets_after' | 'alert'>;

/** Of these peers, those whose packets were caught: a capture that holds packets from before the alert. */
export async function capturedPeers(
  detector: Detector,
  peers: readonly string[],
): Promise<ReadonlySet<string>> {
  const captures = (await detector.ask('captures', 'list')) as readonly ListedCapture[];
  const caught = captures.filter(({ phase, packets_before: before }) => phase === 'complete' && before > 0);
  const texts = caught.map(({ selector }) => JSON.stringify(selector));
  return new Set(peers.filter((peer) => texts.some((text) => names(text, peer))));
}

function names(text: string, peer: string): boolean {
  return new RegExp(`${peer}(?![-0-9a-z])`).test(text);
}
