import { setTimeout as sleep } from 'node:timers/promises';
import { ConsoleError } from '../../console/console-error.ts';
import type { Silence } from '../../stream/events/control.ts';
import { sendControl } from '../http/control-client.ts';
import type { ConsoleView } from '../http/console-routes.ts';
import type { Component } from '../lifecycle.ts';
import type { ConsoleActionsOptions } from './console-actions.ts';

export interface RemoteSaccadeOptions {
  readonly socketPath: string;
  /** What is shown before the first answer, and what an answer that stays away leaves of it. */
  readonly unknown: (reason: string) => ConsoleView;
  /** How often it is asked how it does. */
  readonly everyMs?: number;
}

/** The Saccade of this machine that judges and tells, as its console in another process sees it. */
export interface RemoteSaccade extends Component {
  /** As it was told last. */
  view(): ConsoleView;
  readonly control: ConsoleActionsOptions['control'];
}

type Answered = { readonly error?: string };
const statuses = [400, 404, 409] as const;

/** Asks through the control socket; what people do goes through it as well, in their names. */
export function createRemoteSaccade({
  socketPath,
  unknown,
  everyMs = 2000,
}: RemoteSaccadeOptions): RemoteSaccade {
  const stopping = new AbortController();
  let view = unknown('it has not answered yet');
  let done: Promise<void> = Promise.resolve();

  async function ask<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    const { status, text } = await sendControl(socketPath, method, path, body).catch((error: unknown) => {
      throw new ConsoleError(503, `the Saccade that carries this out does not answer (${codeOf(error)})`, {
        cause: error,
      });
    });
    const answer = JSON.parse(text) as T & Answered;
    if (status < 400) return answer;
    const known = statuses.find((one) => one === status) ?? 503;
    throw new ConsoleError(known, answer.error ?? `it answered ${status}`);
  }

  async function refresh(): Promise<void> {
    try {
      view = await ask<ConsoleView>('GET', '/v1/console');
    } catch (error) {
      const { status } = unknown((error as Error).message);
      view = { ...view, status: { ...view.status, stages: status.stages } };
    }
  }

  /** What it changed is shown at once. */
  async function change<T>(path: string, body: object): Promise<T> {
    const answer = await ask<T>('POST', path, body);
    await refresh();
    return answer;
  }

  async function follow(): Promise<void> {
    while (!stopping.signal.aborted) {
      await refresh();
      await sleep(everyMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  }

  return {
    name: 'the running Saccade',
    async start() {
      await refresh();
      done = follow();
    },
    async stop() {
      stopping.abort();
      await done;
    },
    view: () => view,
    control: {
      acknowledge: async (request) => void (await change('/v1/acknowledgements', request)),
      giveVerdict: async (alert, verdict, by) => {
        const { fingerprint, episode } = alert;
        await change('/v1/verdicts', { fingerprint, episode, verdict, by });
      },
      acceptAsNormal: async (transition, by) => void (await change('/v1/accepted', { transition, by })),
      addSilence: (request) => change<Silence>('/v1/silences', request),
      expireSilence: async (id, by) =>
        void (await change(`/v1/silences/${encodeURIComponent(id)}/expire`, { by })),
      startCapture: (request) => change('/v1/captures', request),
      audit: async (entry) => void (await ask('POST', '/v1/audit', entry)),
    },
  };
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message;
