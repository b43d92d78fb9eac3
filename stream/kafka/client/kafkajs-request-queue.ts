import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

const require = createRequire(import.meta.url);
let done = false;

/**
 * kafkajs 2.2.4 sets a timer after every response, also where nothing waits, and then for a time in the past: one
 * needless timer a request, and a `TimeoutNegativeWarning` since Node 24. Idempotent.
 */
export function checkOnlyPendingRequests(): void {
  if (done) return;
  done = true;
  const { prototype } = require('kafkajs/src/network/requestQueue/index.js') as {
    readonly prototype: RequestQueue;
  };
  const { scheduleCheckPendingRequests: schedule } = prototype;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this);
  };
}
