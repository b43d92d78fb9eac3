import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consoleSchema } from '../../console/config-schema.ts';
import { assertConsoleConfig } from './console.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saccade-console-'));
  writeFileSync(join(directory, 'good'), '0123456789abcdef0123456789abcdef\n');
  writeFileSync(join(directory, 'short'), 'abc\n');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Nobody listens on the discard port. */
const oidc = {
  issuer: 'http://127.0.0.1:9',
  client_id: 'saccade',
  url: 'https://saccade.example.com',
  roles: { viewer: ['everybody'] },
};
const token = (name: string, file: string) => ({ name, role: 'viewer', token_file: file });

describe('where the console listens', () => {
  it.each([
    [{}],
    [{ listen: '127.0.0.1:0' }],
    [{ listen: 'localhost:0' }],
    [{ listen: '[::1]:0' }],
    [{ listen: '0.0.0.0:0', tokens: [token('ada', 'good')] }],
    [{ enabled: false, listen: '0.0.0.0:1' }],
    // A provider that is down must not keep the pager from starting.
    [{ listen: '0.0.0.0:0', oidc }],
  ])('%j is taken', async (config) => {
    await expect(assertConsoleConfig(consoleSchema.parse(config), directory)).resolves.toBeUndefined();
  });

  it.each([
    [{ listen: '0.0.0.0:0' }, /beyond this machine the console needs sign-in/],
    [{ listen: ':9978' }, /beyond this machine/],
    [{ listen: '192.0.2.1:9978' }, /beyond this machine/],
    [{ listen: 'nowhere' }, /is not an address/],
    [{ tokens: [token('ada', 'missing')] }, /missing cannot be read \(ENOENT\)/],
    [{ tokens: [token('ada', 'short')] }, /fewer than 16 characters/],
    [{ tokens: [token('ada', 'good'), token('ada', 'good')] }, /two with the name ada/],
    [{ oidc: { ...oidc, client_secret_file: 'missing' } }, /console.oidc: the file .* cannot be read/],
  ])('%j is refused', async (config, message) => {
    await expect(assertConsoleConfig(consoleSchema.parse(config), directory)).rejects.toThrow(message);
  });

  it.each([
    [{ tokens: [{ name: 'ada', role: 'viewer' }] }],
    [{ oidc: { ...oidc, issuer: 'http://id.example.com' } }],
    [{ oidc: { ...oidc, url: 'http://saccade.example.com' } }],
    [{ oidc: { ...oidc, roles: {} } }],
    [{ oidc: { ...oidc, roles: { king: ['a'] } } }],
    [{ oidc: { ...oidc, scopes: ['profile'] } }],
    [{ oidc: { ...oidc, client_secret_file: 'a', client_secret_env: 'B' } }],
    [{ tokens: [{ name: 'ada', role: 'king', token_env: 'A' }] }],
    [{ tokens: [{ ...token('ada', 'good'), token_env: 'A' }] }],
  ])('%j does not parse', (config) => {
    expect(consoleSchema.safeParse(config).success).toBe(false);
  });
});

describe('a provider that answers', () => {
  const answers = async (metadata: (issuer: string) => object, status = 200) => {
    const server = createServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(metadata(issuer)));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const check = () => assertConsoleConfig(consoleSchema.parse({ oidc: { ...oidc, issuer } }), directory);
    return { check, [Symbol.dispose]: () => void server.close() };
  };
  const endpoints = (issuer: string) => ({
    issuer,
    authorization_endpoint: `${issuer}/a`,
    token_endpoint: `${issuer}/t`,
  });

  it('as it should is taken', async () => {
    using provider = await answers(endpoints);
    await expect(provider.check()).resolves.toBeUndefined();
  });

  it.each([
    [(issuer: string) => endpoints(`${issuer}/realms/other`), 200, /names another issuer/],
    [() => ({ error: 'not found' }), 404, /no discovery document there/],
    [(issuer: string) => ({ issuer }), 200, /no authorization endpoint/],
    [
      (issuer: string) => ({ ...endpoints(issuer), code_challenge_methods_supported: ['plain'] }),
      200,
      /does not support PKCE/,
    ],
  ])('otherwise is refused, %#', async (metadata, status, message) => {
    using provider = await answers(metadata, status);
    await expect(provider.check()).rejects.toThrow(message);
  });
});
