import type { Ground, Seen } from './stage.ts';

/** What the people in the channel see of one trouble. */
export interface Eyes {
  /** Of this trouble, since then. */
  ours(sinceMs: number): readonly Seen[];
  /** Waits for the page. */
  page(sinceMs: number): Promise<Seen>;
  /** Waits until the message of that page says that it is over. */
  end(page: Seen): Promise<Seen>;
  /** Threads that began since then. */
  threads(sinceMs: number): readonly string[];
  /** What became a page since then, each thread by its first sight as one. */
  pages(sinceMs: number): readonly Seen[];
}

/** Long enough for a busy machine; a quiet one takes a tenth of it. */
export const patienceMs = 300_000;

/** Other clusters and labs of this machine are in the same kernel: `about` says what is ours, by the text. */
export function openEyes(stage: Pick<Ground, 'seen' | 'cluster'>, about: RegExp): Eyes {
  const ours = (sinceMs: number): readonly Seen[] =>
    stage.seen().filter(({ atMs, text }) => atMs >= sinceMs && about.test(text));
  const wait = async (what: string, sinceMs: number, is: (one: Seen) => boolean): Promise<Seen> => {
    try {
      return await stage.cluster.waitFor(what, async () => ours(sinceMs).find(is), patienceMs);
    } catch (error) {
      const told = stage.seen().filter(({ atMs }) => atMs >= sinceMs);
      throw new Error(`${String(error)}; told was: ${told.map(({ title }) => title).join('; ')}`, {
        cause: error,
      });
    }
  };
  return {
    ours,
    page: (sinceMs) => wait(`a page about ${about.source}`, sinceMs, ({ tone }) => tone === 'page'),
    end: (page) =>
      wait(
        `the end of ${page.title}`,
        page.atMs,
        ({ tone, root }) => tone === 'resolved' && root === page.root,
      ),
    threads: (sinceMs) => [
      ...new Set(ours(sinceMs).flatMap(({ kind, root }) => (kind === 'post' ? [root] : []))),
    ],
    pages(sinceMs) {
      const seen = new Map<string, Seen>();
      for (const one of ours(sinceMs))
        if (one.tone === 'page' && !seen.has(one.root)) seen.set(one.root, one);
      return [...seen.values()];
    },
  };
}
