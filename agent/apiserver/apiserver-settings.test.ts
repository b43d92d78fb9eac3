import { describe, expect, it } from 'vitest';
import { apiServerSettingsSchema } from './apiserver-settings.ts';

const target = { name: 'prod', url: 'https://192.0.2.10:6443' };

/** Faults as `path: message`. */
function faultsOf(settings: unknown): readonly string[] {
  const result = apiServerSettingsSchema.safeParse(settings);
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('apiserver settings', () => {
  it('needs a name and a URL, and asks what is cheap and what needs the storage', () => {
    expect(apiServerSettingsSchema.parse({ targets: [target] })).toEqual({
      timeout: 5_000,
      targets: [{ ...target, paths: ['/readyz', '/api/v1/namespaces?limit=1'] }],
    });
    expect(apiServerSettingsSchema.parse({})).toEqual({ timeout: 5_000, targets: [] });
  });

  it.each<readonly [string, object, string]>([
    ['another scheme', { url: 'ftp://192.0.2.10' }, 'url: must be an http:// or https:// URL'],
    ['no URL', { url: '192.0.2.10:6443' }, 'url: must be an http:// or https:// URL'],
    ['a path in the URL', { url: `${target.url}/readyz` }, 'url: takes scheme, host and port only'],
    ['a secret in the URL', { url: 'https://me:secret@192.0.2.10' }, 'url: takes scheme, host and port only'],
    ['a relative file', { ca_file: 'ca.pem' }, 'ca_file: must be an absolute path'],
    ['a path with a space', { paths: ['/a b'] }, 'paths.0: must begin with /'],
    ['no path', { paths: [] }, 'paths: Too small'],
    ['a name that no key could hold', { name: 'Prod 1' }, 'name: must be lower-case'],
    [
      'a token in the clear',
      { url: 'http://192.0.2.10', token_file: '/t' },
      'token_file: a token is not sent',
    ],
    ['a certificate without key', { client_cert_file: '/c' }, 'client_cert_file: needs client_key_file'],
    ['a key without certificate', { client_key_file: '/k' }, 'client_key_file: needs client_cert_file'],
    ['an unknown key', { tokn_file: '/t' }, ': Unrecognized key'],
  ])('refuses %s', (_, fault, message) => {
    expect(faultsOf({ targets: [{ ...target, ...fault }] }).join()).toContain(
      `targets.0${message.startsWith(':') ? '' : '.'}${message}`,
    );
  });

  it('refuses two targets of one name, and times that make no sense', () => {
    expect(faultsOf({ targets: [target, target] })).toEqual(['targets: two targets have one name']);
    expect(faultsOf({ interval: '10ms' })).toEqual(['interval: must lie between 200ms and 5m']);
    expect(faultsOf({ timeout: '2m' })).toEqual(['timeout: must lie between 100ms and 1m']);
  });

  it('quotes no secret in its faults', () => {
    expect(faultsOf({ targets: [{ ...target, url: 'https://me:hunter2@192.0.2.10' }] }).join()).not.toContain(
      'hunter2',
    );
  });
});
