import type { Detector } from '../../demo/detector.ts';
import type { CaptureEntry } from '../../history/capture-queries.ts';

/** Of these peers, those whose packets were caught: a capture that holds packets from before the alert. */
export async function capturedPeers(
  detector: Detector,
  peers: readonly string[],
): Promise<ReadonlySet<string>> {
  const captures = (await detector.ask('captures', 'list')) as readonly CaptureEntry[];
  const caught = captures.filter(
    ({ capture }) => capture?.phase === 'complete' && capture.packets_before > 0,
  );
  const texts = caught.map(({ capture }) => JSON.stringify(capture?.selector));
  return new Set(peers.filter((peer) => texts.some((text) => names(text, peer))));
}

function names(text: string, peer: string): boolean {
  return new RegExp(`${peer}(?![-0-9a-z])`).test(text);
}
