import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { AccessError } from './agent-access.ts';
import type { CommandFeed, CommandSink } from './command-feed.ts';
import { agentOf } from './events-route.ts';
import { keepAliveMs, positionEvent } from './protocol.ts';
import { RefusedError } from './refused-error.ts';

/** Agents connected at once. */
const maxConnections = 10_000;
/** An agent that reads nothing is dropped; it comes back and goes on at its place. */
const maxUnreadBytes = 1024 * 1024;

/** `GET /v1/agents/NODE/commands`: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export function addCommandsRoute(server: FastifyInstance, feed: CommandFeed): void {
  server.get<{ Params: { node: string } }>('/v1/agents/:node/commands', async (request, reply) => {
    const agent = agentOf(request);
    if (request.params.node !== agent.node)
      throw new AccessError(403, `node ${agent.node} asks for the commands of ${request.params.node}`);
    const conflict = feed.conflict(agent);
    if (conflict !== undefined) throw new RefusedError(409, conflict, 10);
    if (feed.connected().length >= maxConnections)
      throw new RefusedError(503, `${maxConnections} agents are connected`, 10);
    reply.hijack();
    const response = reply.raw;
    request.raw.socket.setKeepAlive(true, keepAliveMs);
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const last = request.headers['last-event-id'];
    const disconnect = feed.connect(agent, typeof last === 'string' ? last : undefined, sinkOf(response));
    const keepAlive = setInterval(() => response.write(':\n\n'), keepAliveMs);
    response.once('close', () => {
      clearInterval(keepAlive);
      disconnect();
    });
  });
}

function sinkOf(response: ServerResponse): CommandSink {
  const write = (text: string): void => {
    response.write(text);
    if (response.writableLength > maxUnreadBytes) response.destroy();
  };
  return {
    send: (id, event) => write(`id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
    place: (id) => write(`id: ${id}\nevent: ${positionEvent}\ndata: {}\n\n`),
    close: () => response.end(),
  };
}
