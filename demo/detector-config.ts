import { stringify } from 'yaml';
import type { Channel } from './slack/channel.ts';

/** Name of the environment variable that hands the look-alike's token to the detector. */
export const tokenVariable = 'SACCADE_DEMO_SLACK_TOKEN';

export interface ApiServerTarget {
  readonly name: string;
  readonly url: string;
}

export interface DetectorConfigOptions {
  /** Further keys of the receiver. */
  readonly receiver?: Readonly<Record<string, unknown>>;
  readonly apiServers?: readonly ApiServerTarget[];
  /** Where its console listens, so that messages lead there; left out: nobody looks at one. */
  readonly consolePort?: number;
  /** Further keys of the configuration. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** A configuration as a user writes it: where pages go, what to probe, and a free port, so that two run at once. */
export function detectorConfig(
  channel: Pick<Channel, 'apiUrl' | 'channelId'>,
  { receiver = {}, apiServers = [], consolePort, more = {} }: DetectorConfigOptions = {},
): string {
  // The look-alike shows words, no pictures.
  const slack = {
    channel: channel.channelId,
    token_env: tokenVariable,
    api_url: channel.apiUrl,
    chart: false,
  };
  return stringify({
    cluster: 'demo',
    listen: '127.0.0.1:0',
    ...(consolePort !== undefined && { console: consoleAt(`127.0.0.1:${consolePort}`) }),
    ...(apiServers.length > 0 && { apiserver: { targets: apiServers } }),
    ...more,
    notifications: { route: { receiver: 'slack' }, receivers: [{ name: 'slack', ...receiver, slack }] },
  });
}

function consoleAt(listen: string) {
  return { listen, url: `http://${listen}` };
}
