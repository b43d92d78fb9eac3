import type { IncomingMessage } from 'node:http';
import { KubernetesApiError } from './api-error.ts';

/** A page of 500 pods is below 20 MB, an object of the API below 3 MB. */
const answerLimitBytes = 64 * 1024 * 1024;
const lineLimitBytes = 8 * 1024 * 1024;

/** The whole answer as JSON. */
export async function readJson(answer: IncomingMessage, what: string): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(answer, what)) {
    bytes += chunk.length;
    if (bytes > answerLimitBytes) throw tooLong(what, answerLimitBytes);
    chunks.push(chunk);
  }
  return parseJson(Buffer.concat(chunks).toString('utf8'), what);
}

/** Each line as JSON, as it comes. */
export async function* readLines(
  answer: IncomingMessage,
  what: string,
): AsyncGenerator<unknown, void, undefined> {
  let rest: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(answer, what)) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...rest, chunk.subarray(from, end)]).toString('utf8');
      from = end + 1;
      rest = [];
      bytes = 0;
      if (line.trim() !== '') yield parseJson(line, what);
    }
    rest.push(chunk.subarray(from));
    bytes += chunk.length - from;
    if (bytes > lineLimitBytes) throw tooLong(what, lineLimitBytes);
  }
}

async function* chunksOf(answer: IncomingMessage, what: string): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of answer) yield chunk as Buffer;
  } catch (cause) {
    throw new KubernetesApiError(`${what}: the connection broke (${(cause as Error).message})`, {
      code: 'unreachable',
      cause,
    });
  }
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KubernetesApiError(`${what}: the answer is not JSON: ${text.slice(0, 80)}`, {
      code: 'malformed',
      cause,
    });
  }
}

function tooLong(what: string, limitBytes: number): KubernetesApiError {
  return new KubernetesApiError(`${what}: more than ${limitBytes} bytes came`, { code: 'malformed' });
}
