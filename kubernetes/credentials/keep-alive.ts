/**
 * A watch says nothing for minutes; only the kernel's probes tell an API server that is silent from one that is gone.
 * Node probes each second once they began, and gives up after ten: 25 s.
 */
export const keepAliveOptions = { keepAlive: true, keepAliveMsecs: 15_000, maxFreeSockets: 4 } as const;
