import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMskToken } from './msk-token.ts';

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAIOSFODNN7EXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a token for Amazon MSK', () => {
  it('is a signed request to connect, in base64url', async () => {
    const token = await createMskToken('eu-central-1')();
    expect(token).toMatch(/^[\w-]+$/);
    const url = new URL(Buffer.from(token, 'base64url').toString());
    expect(url.host).toBe('kafka.eu-central-1.amazonaws.com');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: 'kafka-cluster:Connect',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': expect.stringMatching(
        /^AKIAIOSFODNN7EXAMPLE\/\d{8}\/eu-central-1\/kafka-cluster\/aws4_request$/,
      ) as unknown,
      'X-Amz-Expires': '900',
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
    });
  });

  it('is used again while it is valid', async () => {
    let nowMs = Date.now();
    const tokenOf = createMskToken('eu-central-1', () => nowMs);
    const first = await tokenOf();
    expect(await tokenOf()).toBe(first);
    nowMs += 14.5 * 60_000;
    vi.useFakeTimers({ now: nowMs });
    const second = await tokenOf();
    vi.useRealTimers();
    expect(second).not.toBe(first);
  });
});
