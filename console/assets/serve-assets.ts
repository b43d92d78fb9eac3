import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import type { Asset, Assets } from './load-assets.ts';
import { createPage } from './page.ts';

const yearSeconds = 31_536_000;

/** The page under every address that is not another's, and its files under addresses that change with them. */
export function serveAssets(server: FastifyInstance, assets: Assets): void {
  const { html, policy } = createPage(assets);
  const compressed = new Map<string, Buffer>();

  function bodyOf(name: string, { body }: Asset, acceptsGzip: boolean): { body: Buffer; gzip: boolean } {
    if (!acceptsGzip) return { body, gzip: false };
    const known = compressed.get(name) ?? gzipSync(body);
    compressed.set(name, known);
    return { body: known, gzip: true };
  }

  server.get<{ Params: { version: string; '*': string } }>('/assets/:version/*', async (request, reply) => {
    const name = request.params['*'];
    const asset = assets.files.get(name);
    if (asset === undefined || request.params.version !== assets.version)
      return reply.code(404).type('text/plain').send('not found: reload the page');
    const { body, gzip } = bodyOf(name, asset, /\bgzip\b/.test(request.headers['accept-encoding'] ?? ''));
    if (gzip) reply.header('content-encoding', 'gzip');
    return reply
      .header('vary', 'accept-encoding')
      .header('cache-control', `public, max-age=${yearSeconds}, immutable`)
      .type(asset.contentType)
      .send(body);
  });
  server.setNotFoundHandler(async (request, reply) => {
    if (request.method !== 'GET' || request.url.startsWith('/api/') || request.url.startsWith('/assets/'))
      return reply.code(404).send({ error: `there is no ${request.url.split('?')[0]}` });
    return reply
      .header('content-security-policy', policy)
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(html);
  });
}
