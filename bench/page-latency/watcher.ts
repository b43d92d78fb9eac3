import type { Detector } from '../../demo/detector.ts';
import { type Channel, type ChannelEvent, textOf } from '../../demo/slack/channel.ts';
import { toneOf } from '../../demo/slack/tone.ts';
import { type ProcessUse, useOfAll } from '../process-cpu.ts';
import type { PrometheusStack, PrometheusStacks } from './prometheus-stack.ts';

/** Somebody who watches a host and pages. Times are wall clock, ms. */
export interface Watcher {
  readonly name: string;
  /** Pages about the path to `peer` (a namespace), in the order of arrival. */
  pagesAbout(peer: string): readonly number[];
  use(): Promise<ProcessUse>;
}

/** A stack knows hosts, not peers: every notification that fires counts. */
export function stackWatcher(stack: PrometheusStack, { sink }: PrometheusStacks): Watcher {
  return {
    name: stack.name,
    pagesAbout: () =>
      sink.jsonLines
        .filter(({ port, status }) => port === stack.webhookPort && status === 'firing')
        .map((line) => Number(line['at_ms'])),
    use: () => useOfAll(stack.processes.map(({ pid }) => pid)),
  };
}

/** Saccade, by what the Slack look-alike received. */
export interface SaccadeWatcher extends Watcher {
  /** When the message about this path was last resolved; undefined: it is not, or there is none. */
  resolvedAt(peer: string): number | undefined;
}

export function saccadeWatcher(detector: Detector, channel: Channel): SaccadeWatcher {
  const about = (peer: string): readonly ChannelEvent[] => {
    const threads = Map.groupBy(channel.events(), ({ root }) => root);
    return [...threads.values()].filter((thread) => thread.some((event) => names(event, peer))).flat();
  };
  return {
    name: 'saccade',
    pagesAbout: (peer) =>
      about(peer)
        .filter((event) => event.kind !== 'reply' && isAlarm(event))
        .map(({ atMs }) => atMs),
    resolvedAt(peer) {
      const last = about(peer).findLast(({ kind }) => kind !== 'reply');
      return last !== undefined && toneOf(last.message.text ?? '') === 'resolved' ? last.atMs : undefined;
    },
    use: () => detectorUse(detector.statusUrl),
  };
}

function isAlarm({ message }: ChannelEvent): boolean {
  const tone = toneOf(message.text ?? '');
  return tone === 'notice' || tone === 'page';
}

function names({ message }: ChannelEvent, peer: string): boolean {
  return new RegExp(`${peer}(?![-0-9a-z])`).test(textOf(message));
}

/** The detector's own figures, which prom-client reads from /proc. */
async function detectorUse(statusUrl: string): Promise<ProcessUse> {
  const text = await (await fetch(`${statusUrl}/metrics`)).text();
  const figure = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
  return {
    cpuSeconds: figure('process_cpu_seconds_total'),
    residentBytes: figure('process_resident_memory_bytes'),
  };
}
