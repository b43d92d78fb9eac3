import { createServer } from 'node:http';

/**
 * Runs in the namespace of the stacks: prints one JSON line for each notification of Alertmanager, with the time of its
 * arrival. `webhook-sink.ts PORT …`: one port a stack.
 */
for (const port of process.argv.slice(2).map(Number)) {
  createServer((request, response) => {
    const atMs = Date.now();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status } = JSON.parse(Buffer.concat(chunks).toString()) as { status: string };
      process.stdout.write(`${JSON.stringify({ port, status, at_ms: atMs })}\n`);
      response.end();
    });
  }).listen(port, '127.0.0.1', () => {
    process.stdout.write(`${JSON.stringify({ listening: port })}\n`);
  });
}
