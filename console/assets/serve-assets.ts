import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type {} from '@fastify/cookie';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sessionCookie } from '../auth/guard.ts';
import type { Asset, Assets } from './load-assets.ts';
import { createPage, pagePolicy } from './page.ts';

export interface ServedAssets {
  readonly load: () => Promise<Assets>;
  /** false: nobody has to sign in. */
  readonly signInRequired: boolean;
}

const yearSeconds = 31_536_000;
const compress = promisify(gzip);

/** The page under every address that is not another's, and its files under addresses that change with them. */
export function serveAssets(server: FastifyInstance, { load, signInRequired }: ServedAssets): void {
  const compressed = new WeakMap<Asset, Promise<Buffer>>();

  function compressedBody(asset: Asset): Promise<Buffer> {
    const body = compressed.get(asset) ?? compress(asset.body);
    compressed.set(asset, body);
    return body;
  }

  server.get<{ Params: { version: string; '*': string } }>('/assets/:version/*', async (request, reply) => {
    const { version, files } = await load();
    const asset = files.get(request.params['*']);
    if (asset === undefined || request.params.version !== version)
      return reply.code(404).type('text/plain').send('not found: reload the page');
    const zipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    if (zipped) reply.header('content-encoding', 'gzip');
    return reply
      .header('vary', 'accept-encoding')
      .header('cache-control', `public, max-age=${yearSeconds}, immutable`)
      .type(asset.contentType)
      .send(zipped ? await compressedBody(asset) : asset.body);
  });
  server.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/';
    if (request.method !== 'GET' || path.startsWith('/api/') || path.startsWith('/assets/'))
      return reply.code(404).send({ error: `there is no ${path}` });
    const { version } = await load();
    return reply
      .header('content-security-policy', pagePolicy)
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(createPage({ version, path, signedIn: !signInRequired || hasSession(request) }));
  });
}

/** Not whether it holds: a wrong guess costs an answer that says so. */
function hasSession(request: FastifyRequest): boolean {
  return request.cookies[sessionCookie] !== undefined;
}
