import type { FakeApi } from './fake-api.ts';

export interface PolicyObject {
  /** It was made as the nth. */
  readonly nth?: number;
  readonly uid?: string;
  readonly status?: unknown;
}

/** An AgentPolicy as an API server has it. */
export function putPolicy(
  api: FakeApi,
  name: string,
  spec: unknown,
  { nth = 1, uid = `uid-${name}`, status }: PolicyObject = {},
): void {
  const creationTimestamp = new Date(Date.UTC(2026, 10, 21, 8, nth)).toISOString();
  const metadata = { namespace: undefined, creationTimestamp };
  api.put(name, { metadata, spec, ...(status !== undefined && { status }) }, uid);
}
