import { sendControl } from '../app/http/control-client.ts';
import { controlSocketPath } from '../app/http/control-server.ts';
import { StartError } from '../app/start-error.ts';

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
  const { status, text } = await sendControl(controlSocketPath(dataDirectory), method, path, body).catch(
    (error: unknown) => {
      throw explain(error as NodeJS.ErrnoException, dataDirectory);
    },
  );
  const answer = JSON.parse(text) as { error?: string };
  if (status >= 400)
    throw new StartError(answer.error ?? text, 'Correct the request and try again.', { exitCode: 2 });
  return answer;
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
