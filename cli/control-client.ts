import { request } from 'node:http';
import { controlSocketPath } from '../app/http/control-server.ts';
import { StartError } from '../app/start-error.ts';

const timeoutMs = 10_000;
const maxResponseBytes = 16 * 1024 * 1024;

/**
 * Asks the Saccade that runs on this data folder. Throws a `StartError` when none runs, when the socket may not be
 * opened, or when it refuses the request (with its words).
 */
export async function askRunning(
  dataDirectory: string,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<unknown> {
  const { status, text } = await send(controlSocketPath(dataDirectory), method, path, body).catch(
    (error: unknown) => {
      throw explain(error as NodeJS.ErrnoException, dataDirectory);
    },
  );
  const answer = JSON.parse(text) as { error?: string };
  if (status >= 400)
    throw new StartError(answer.error ?? text, 'Correct the request and try again.', { exitCode: 2 });
  return answer;
}

function send(
  socketPath: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxResponseBytes) call.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
      response.on('error', reject);
    });
    call.on('timeout', () => call.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    call.on('error', reject);
    if (body !== undefined) call.setHeader('content-type', 'application/json');
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function explain(error: NodeJS.ErrnoException, dataDirectory: string): StartError {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')
    return new StartError(
      `no Saccade is running on ${dataDirectory}`,
      'Start it (saccade start), or name its data folder with --data.',
      { cause: error },
    );
  if (error.code === 'EACCES')
    return new StartError(
      `not allowed to talk to the Saccade on ${dataDirectory}`,
      'Run this as the user that runs it.',
      {
        cause: error,
      },
    );
  return new StartError(`the Saccade on ${dataDirectory} did not answer: ${error.message}`, 'See its log.', {
    cause: error,
  });
}
