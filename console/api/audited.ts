import type { FastifyRequest } from 'fastify';

export interface Deed {
  /** `alert.acknowledge`, `silence.add`, … */
  readonly action: string;
  readonly target: string;
  readonly detail?: string;
}

const maxDetail = 500;

/** Does what was asked and writes down who asked for it, whether it was done, and why not. */
export async function audited<T>(request: FastifyRequest, deed: Deed, work: () => Promise<T>): Promise<T> {
  const note = (outcome: 'done' | 'refused', detail: string): Promise<void> =>
    request.ports.actions.audit({
      by: request.caller.name,
      role: request.caller.role,
      action: deed.action,
      target: deed.target,
      outcome,
      detail: detail.slice(0, maxDetail),
      address: request.ip,
    });
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await note('refused', error instanceof Error ? error.message : String(error));
    throw error;
  }
  await note('done', deed.detail ?? '');
  return result;
}
