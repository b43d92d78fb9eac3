/** Serves a function over HTTP with the CloudEvents SDK: `node examples/functions/serve.js PORT`. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { CloudEvent, HTTP } from 'cloudevents';
import owner from './owner.js';

const server = createServer(async (request, response) => {
  try {
    const event = HTTP.toEvent({ headers: request.headers, body: await text(request) });
    const returned = [owner(event)].flat();
    if (returned.length === 0) {
      response.writeHead(204).end();
      return;
    }
    const { headers, body } = HTTP.binary(new CloudEvent({ source: '/examples/owner', ...returned[0] }));
    response.writeHead(200, headers).end(body);
  } catch (error) {
    response.writeHead(400).end(String(error));
  }
});
server.listen(Number(process.argv[2] ?? 8090), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}/`);
});
process.once('SIGTERM', () => server.close());
