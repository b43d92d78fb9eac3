import type { FakeApi } from './fake-api.ts';

/** An AgentPolicy as an API server has it, as the nth that was made. */
export function putPolicy(
  api: FakeApi,
  name: string,
  spec: unknown,
  { nth = 1, uid = `uid-${name}`, status = undefined as unknown } = {},
): void {
  const creationTimestamp = new Date(Date.UTC(2026, 10, 21, 8, nth)).toISOString();
  const metadata = { namespace: undefined, creationTimestamp };
  api.put(name, { metadata, spec, ...(status !== undefined && { status }) }, uid);
}
