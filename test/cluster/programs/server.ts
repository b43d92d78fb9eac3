import { createServer } from 'node:http';

/** Answers every request: `server.ts [ADDRESS] [PORT]`. With `/size/N` in the path the answer has N bytes. */
const [address = '0.0.0.0', port = '8080'] = process.argv.slice(2);
const drainMs = 2_000;

const server = createServer((request, response) => {
  const size = Number(/\/size\/(\d+)/.exec(request.url ?? '')?.[1] ?? 300);
  request.resume();
  response.end('x'.repeat(size));
});
server.listen(Number(port), address, () => process.stdout.write(`{"listening":${port}}\n`));
process.once('SIGTERM', () => {
  // As a good server: no new connections, and the old ones end with their answer.
  server.close(() => process.exit(0));
  setTimeout(() => process.exit(0), drainMs).unref();
});
