/** An error and the causes inside it, layer by layer: clients wrap what they retried in vain, and collect what failed by topic. */
export function* errorChain(error: unknown): Iterable<object> {
  const seen = new Set<unknown>();
  let layer: unknown[] = [error];
  while (layer.length > 0) {
    const next: unknown[] = [];
    for (const one of layer) {
      if (typeof one !== 'object' || one === null || seen.has(one)) continue;
      seen.add(one);
      yield one;
      const { cause, errors, originalError } = one as Record<'cause' | 'errors' | 'originalError', unknown>;
      next.push(cause, originalError, ...(Array.isArray(errors) ? (errors as unknown[]) : []));
    }
    layer = next;
  }
}
