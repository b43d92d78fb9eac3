import type { RouteConfig } from './config/config-schema.ts';
import { matchesAll } from './matcher.ts';

/** A receiver for an alert, and how its messages are grouped and timed there. */
export interface Destination {
  readonly receiver: string;
  readonly groupBy: readonly string[];
  readonly groupWaitMs: number;
  /** New figures of an open message are shown at most this often; news (a member, a level, the end) at once. */
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
}

/** One message a faulty path, told at once, figures every 5 s, "still firing" every 4 h. */
const defaults: Destination = {
  receiver: '',
  groupBy: ['path'],
  groupWaitMs: 0,
  groupIntervalMs: 5_000,
  repeatIntervalMs: 4 * 3_600_000,
};

/** Walks the tree as Alertmanager does: the deepest match wins, `continue` goes on with the next sibling. */
export function routeAlert(root: RouteConfig, labels: ReadonlyMap<string, string>): readonly Destination[] {
  const found = visit(root, labels, defaults);
  return found.filter(
    ({ receiver }, index) => found.findIndex((other) => other.receiver === receiver) === index,
  );
}

function visit(
  route: RouteConfig,
  labels: ReadonlyMap<string, string>,
  inherited: Destination,
): readonly Destination[] {
  if (!matchesAll(route.match, labels)) return [];
  const here: Destination = {
    receiver: route.receiver ?? inherited.receiver,
    groupBy: route.group_by ?? inherited.groupBy,
    groupWaitMs: route.group_wait ?? inherited.groupWaitMs,
    groupIntervalMs: route.group_interval ?? inherited.groupIntervalMs,
    repeatIntervalMs: route.repeat_interval ?? inherited.repeatIntervalMs,
  };
  const below: Destination[] = [];
  for (const child of route.routes) {
    const found = visit(child, labels, here);
    below.push(...found);
    if (found.length > 0 && child.continue !== true) break;
  }
  return below.length > 0 ? below : [here];
}
