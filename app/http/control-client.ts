import { request } from 'node:http';

const timeoutMs = 10_000;
const maxResponseBytes = 16 * 1024 * 1024;

export interface ControlAnswer {
  readonly status: number;
  readonly text: string;
}

/** One request to the control socket of a Saccade. Rejects where nobody answers, with the system's code. */
export function sendControl(
  socketPath: string,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<ControlAnswer> {
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
