import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as secureRequest, type RequestOptions } from 'node:https';
import { KubernetesApiError, errorOfAnswer } from './api-error.ts';
import type { KubernetesClient, ObjectPage, Query, ReadOptions, WatchEvent } from './api.ts';
import type { Credentials } from './credentials/credentials.ts';
import { parsePage, parseWatchEvent } from './parse-objects.ts';
import { readJson, readLines } from './read-answer.ts';

/** From the question to the first byte of the answer, and for the whole of one that is not a watch. */
const answerTimeoutMs = 30_000;
const accept = {
  whole: { list: 'application/json', watch: 'application/json' },
  metadata: {
    list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    watch: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  },
} as const;

interface Question {
  readonly method: string;
  readonly path: string;
  readonly query?: Query | undefined;
  readonly accept: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** Speaks with one API server over HTTP/1.1, a connection a watch. Nothing is repeated here: informers do that. */
export function createKubernetesClient(credentials: Credentials): KubernetesClient {
  const closing = new AbortController();

  async function ask(question: Question): Promise<IncomingMessage> {
    const answer = await open(credentials, { ...question, signal: withClosing(question.signal) });
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    const what = `${question.method} ${question.path}`;
    throw errorOfAnswer(what, status, await readJson(answer, what).catch(() => undefined));
  }

  const withClosing = (signal?: AbortSignal): AbortSignal =>
    signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal]);
  const withTimeout = (signal?: AbortSignal): AbortSignal =>
    AbortSignal.any([AbortSignal.timeout(answerTimeoutMs), ...(signal === undefined ? [] : [signal])]);

  async function whole(question: Question): Promise<unknown> {
    const answer = await ask({ ...question, signal: withTimeout(question.signal) });
    return readJson(answer, `${question.method} ${question.path}`);
  }

  async function list(
    path: string,
    { query, form = 'whole', signal }: ReadOptions = {},
  ): Promise<ObjectPage> {
    const body = await whole({ method: 'GET', path, query, accept: accept[form].list, signal });
    return parsePage(body, `GET ${path}`);
  }

  async function* watch(
    path: string,
    { query, form = 'whole', signal, onOpen }: ReadOptions = {},
  ): AsyncGenerator<WatchEvent, void, undefined> {
    const what = `watch ${path}`;
    const asked = { ...query, watch: true, allowWatchBookmarks: true };
    const answer = await ask({ method: 'GET', path, query: asked, accept: accept[form].watch, signal });
    onOpen?.();
    try {
      for await (const line of readLines(answer, what)) yield parseWatchEvent(line, what);
    } finally {
      answer.destroy();
    }
  }

  return {
    server: credentials.server,
    list,
    watch,
    send: (method, path, body, signal) => whole({ method, path, body, accept: 'application/json', signal }),
    close() {
      closing.abort();
      credentials.close();
    },
  };
}

async function open(credentials: Credentials, question: Question): Promise<IncomingMessage> {
  const url = new URL(credentials.server + question.path);
  for (const [name, value] of Object.entries(question.query ?? {}))
    if (value !== undefined) url.searchParams.set(name, String(value));
  const given = await credentials.requestOptions();
  const body = question.body === undefined ? undefined : JSON.stringify(question.body);
  return exchange(url, body, {
    ...given,
    method: question.method,
    headers: { ...plainHeaders(given), accept: question.accept, ...bodyHeaders(question.method, body) },
    ...(question.signal && { signal: question.signal }),
  });
}

function plainHeaders({ headers }: RequestOptions): Record<string, string | string[] | number | undefined> {
  return Array.isArray(headers) || headers === undefined
    ? {}
    : (headers as Record<string, string | string[] | number | undefined>);
}

function bodyHeaders(method: string, body: string | undefined): Record<string, string | number> {
  if (body === undefined) return {};
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  return { 'content-type': type, 'content-length': Buffer.byteLength(body) };
}

/** Resolves with the head of the answer. The time limit covers it and ends with it: a watch is long. */
function exchange(url: URL, body: string | undefined, options: RequestOptions): Promise<IncomingMessage> {
  const send = url.protocol === 'http:' ? plainRequest : secureRequest;
  return new Promise((resolve, reject) => {
    const request = send(url, options);
    const what = `${options.method} ${url.pathname}`;
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer within ${answerTimeoutMs / 1_000} s`)),
      answerTimeoutMs,
    );
    request.once('response', (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    request.on('error', (cause) => {
      clearTimeout(timer);
      reject(unreachable(what, url, cause));
    });
    request.end(body);
  });
}

function unreachable(what: string, url: URL, cause: Error): KubernetesApiError {
  const code = (cause as NodeJS.ErrnoException).code;
  const detail =
    code !== undefined && !cause.message.includes(code) ? `${code}: ${cause.message}` : cause.message;
  return new KubernetesApiError(`${what}: the API server ${url.host} does not answer (${detail})`, {
    code: 'unreachable',
    cause,
  });
}
