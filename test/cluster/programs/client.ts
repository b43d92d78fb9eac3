import { Agent, get } from 'node:http';

/**
 * Requests over kept connections, all over again: `client.ts URL [CONNECTIONS] [REQUESTS/S] [SECONDS]`. Prints every
 * second how many were answered, and the last error.
 */
const [url = '', connections = '5', rate = '100', seconds = '100000'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const maxWaiting = 200;
const timeoutMs = 10_000;
let waiting = 0;
let counts = { answered: 0, failed: 0, error: '' };

function request(): void {
  // Who gets no answers does not pile up questions.
  if (waiting >= maxWaiting) return;
  waiting++;
  let settled = false;
  const settle = (error?: Error): void => {
    if (settled) return;
    settled = true;
    waiting--;
    if (error === undefined) counts.answered++;
    else counts = { ...counts, failed: counts.failed + 1, error: error.message };
  };
  const sent = get(url, { agent, timeout: timeoutMs }, (response) => {
    response
      .resume()
      .on('end', () => settle())
      .on('error', settle);
  });
  sent.on('timeout', () => sent.destroy(new Error('no answer'))).on('error', settle);
}

setInterval(request, 1000 / Number(rate));
setInterval(() => {
  process.stdout.write(`${JSON.stringify({ at_ms: Date.now(), ...counts })}\n`);
  counts = { answered: 0, failed: 0, error: '' };
}, 1000);
setTimeout(() => process.exit(0), Number(seconds) * 1000);
process.once('SIGTERM', () => process.exit(0));
