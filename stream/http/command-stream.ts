import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { CloudEvent } from '../cloud-event.ts';
import type { Clock } from '../clock.ts';
import { createDeadLetter } from '../embedded/dead-letter.ts';
import type { EmbeddedLog } from '../embedded/embedded-log.ts';
import { LogError } from '../embedded/log-error.ts';
import { captureRequestedType } from '../events/capture.ts';
import { parseCloudEvent } from '../parse-cloud-event.ts';
import type { Output } from '../port.ts';
import { retryPatiently } from '../retry-patiently.ts';
import type { EventValidator } from '../validate-event.ts';
import { commandsPath, keepAliveMs } from './protocol.ts';
import type { ServerClient } from './server-client.ts';
import { ServerError } from './server-error.ts';
import type { ServerReach } from './server-reach.ts';

export interface CommandStreamOptions {
  readonly client: ServerClient;
  readonly log: EmbeddedLog;
  readonly validate: EventValidator;
  readonly clock: Clock;
  readonly reach: ServerReach;
  readonly random: () => number;
  readonly onFatal: (error: Error) => void;
}

export interface CommandStream {
  start(): void;
  stop(): Promise<void>;
}

const owner = 'http/commands';
/** Three comments missed: the connection is dead, whatever the kernel thinks. */
const silenceMs = 3.5 * keepAliveMs;
const pauseMs = 500;

/**
 * Capture requests from the server into the agent's own log. A request and the place of the next one are one
 * transaction, so that each is there once; from there the capture stage takes it as if it had been asked for here.
 */
export function createCommandStream(options: CommandStreamOptions): CommandStream {
  const { log, reach, onFatal } = options;
  const stopping = new AbortController();
  let done: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const response = await openStream(options, stopping.signal);
      reach.worked('commands');
      await follow(response);
      // It ended by itself: a server that restarts, or another connection of this agent.
      await sleep(pauseMs * (1 + options.random()), undefined, { signal: stopping.signal });
    }
  }

  async function follow(response: IncomingMessage): Promise<void> {
    const parser = createParser({ onEvent: (message) => take(message) });
    try {
      for await (const chunk of response.setEncoding('utf8')) parser.feed(chunk as string);
    } catch (error) {
      if (stopping.signal.aborted) return;
      // A full disk included: the place has not moved, and the same comes again.
      if (error instanceof LogError && !error.retryable) throw error;
      reach.failed('commands', error);
    } finally {
      response.destroy();
    }
  }

  function take({ id, event, data }: EventSourceMessage): void {
    if (id === undefined) return;
    // Kinds that a later server knows move the place and are passed over.
    const outputs = event === captureRequestedType ? [toOutput(options, id, data)] : [];
    log.transact((emit) => {
      for (const output of outputs) emit(output);
      log.stages.apply(owner, [{ key: 'place', value: encoder.encode(id) }]);
    });
  }

  return {
    start() {
      done = run().catch((error: unknown) => {
        if (!stopping.signal.aborted) onFatal(error instanceof Error ? error : new Error(String(error)));
      });
    },
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

/** From behind the last command that is in the log, however long it takes. */
function openStream(
  { client, log, random, reach }: CommandStreamOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const open = (): Promise<IncomingMessage> => {
    const place = readPlace(log);
    const headers = { accept: 'text/event-stream', ...(place !== undefined && { 'last-event-id': place }) };
    return client.open({ method: 'GET', path: commandsPath(client.node), headers, silenceMs, signal });
  };
  return retryPatiently(open, {
    signal,
    random,
    maxRetryMs: 10_000,
    isRetryable: (error) => error instanceof ServerError,
    waitMs: (error) => (error as ServerError).retryAfterMs,
    onFailure: (error) => reach.failed('commands', error),
  });
}

/** What is no command becomes a dead letter. */
function toOutput(
  { validate, clock }: Pick<CommandStreamOptions, 'validate' | 'clock'>,
  id: string,
  text: string,
): Output {
  const parsed = parseCloudEvent(text);
  const reason = parsed.ok ? validate(parsed.event) : parsed.reason;
  if (parsed.ok && reason === undefined) return { topic: 'captures', event: parsed.event };
  const event: CloudEvent | string = parsed.ok ? parsed.event : `${id} ${text}`;
  const origin = { stage: 'commands', topic: 'captures', offset: -1 } as const;
  const letter = createDeadLetter({ ...origin, reason: reason ?? '', event, timeMs: clock.nowMs() });
  return { topic: 'dead', event: letter };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function readPlace(log: EmbeddedLog): string | undefined {
  for (const [key, value] of log.stages.entries(owner)) if (key === 'place') return decoder.decode(value);
  return undefined;
}
