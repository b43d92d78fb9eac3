import { once } from 'node:events';
import { ConsoleError } from '../console-error.ts';
import type { LiveChange } from '../ports.ts';
import type { Routes } from './api-server.ts';

const maxListeners = 100;
/** Proxies close what is silent for a minute; a page that hears nothing for longer knows that the line is dead. */
const heartbeatMs = 15_000;
/** Changes of one moment reach the page together. */
const gatherMs = 200;
/** A page that does not read is told to look again instead. */
const maxGathered = 500;

/** `GET /events`: server-sent events that say what has changed; the page then asks for what it shows. */
export const addLiveRoutes: Routes = (server) => {
  let listeners = 0;

  server.get(
    '/events',
    {
      schema: {
        tags: ['now'],
        description: 'Server-sent events: `change` with {kind, subject}, and a `heartbeat`.',
      },
    },
    async (request, reply) => {
      const { ports } = request;
      if (listeners >= maxListeners) throw new ConsoleError(503, `${maxListeners} pages follow already`);
      listeners += 1;
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      raw.write('retry: 2000\n\n');
      const gathered = new Map<string, LiveChange>();
      let flushing: NodeJS.Timeout | undefined;
      const flush = (): void => {
        flushing = undefined;
        const changes = [...gathered.values()];
        gathered.clear();
        raw.write(changes.map((change) => `event: change\ndata: ${JSON.stringify(change)}\n\n`).join(''));
      };
      const end = ports.onChange((change) => {
        if (gathered.size < maxGathered) gathered.set(`${change.kind}/${change.subject}`, change);
        flushing ??= setTimeout(flush, gatherMs);
      });
      const heartbeat = setInterval(() => raw.write('event: heartbeat\ndata:\n\n'), heartbeatMs);
      // Rights may have gone meanwhile: the page connects again by itself, and is judged anew.
      const { validMs } = request.caller.access;
      const expiry = validMs === undefined ? undefined : setTimeout(() => request.raw.destroy(), validMs);
      await once(request.raw, 'close').catch(() => undefined);
      clearTimeout(expiry);
      end();
      clearInterval(heartbeat);
      clearTimeout(flushing);
      listeners -= 1;
      raw.end();
    },
  );
};
