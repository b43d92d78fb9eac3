import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type Access, type Deed, everything } from '../../access/access.ts';
import { ConsoleError } from '../../console-error.ts';
import type { Caller } from '../roles.ts';
import type { ClusterAction, ClusterReviews, ClusterUser } from './cluster-reviews.ts';

export interface KubernetesSignInOptions {
  readonly reviews: ClusterReviews;
  /** All that the history tells of. */
  readonly namespaces: () => Promise<readonly string[]>;
  readonly nowMs: () => number;
  /** The API server did not answer. */
  readonly onTrouble: (error: Error) => void;
}

export interface KubernetesSignIn {
  /** undefined: the cluster does not know this token. */
  callerOf(token: string): Promise<Caller | undefined>;
}

/** What the API server said is believed for so long: a right that was taken away ends after it. */
export const believedMs = 30_000;
const [maxTokens, maxAnswers] = [1_000, 20_000];
/** Tokens looked up at once: whoever guesses shall not keep the API server busy. */
const maxLookups = 16;
const questionsAtOnce = 8;
/** A name of a namespace (RFC 1123 label); others are no namespaces of a cluster, and nobody of it sees them alone. */
const namespacePattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/u;

const deeds: Readonly<Record<Deed, Pick<ClusterAction, 'verb' | 'resource'>>> = {
  silence: { verb: 'create', resource: 'silences' },
  capture: { verb: 'create', resource: 'packetcaptures' },
};
const seeing = { verb: 'get', resource: 'packetcaptures' } as const;

/**
 * People of a cluster: who they are, TokenReview says; what they may see and do, SubjectAccessReview. Whoever may `get
 * packetcaptures` in a namespace sees its alerts, traffic and captures; in all namespaces, everything. Whoever may do
 * everything with everything of `saccade.io` is admin.
 */
export function createKubernetesSignIn(options: KubernetesSignInOptions): KubernetesSignIn {
  const { reviews, onTrouble } = options;
  // The clock is the caller's, so that tests need not wait.
  const perf = { now: options.nowMs };
  const callers = new LRUCache<string, Promise<Caller | undefined>>({
    max: maxTokens,
    ttl: believedMs,
    ttlResolution: 0,
    perf,
  });
  const answers = new LRUCache<string, Promise<boolean>>({
    max: maxAnswers,
    ttl: believedMs,
    ttlResolution: 0,
    perf,
  });
  let lookups = 0;

  function mayDo(user: ClusterUser, action: ClusterAction): Promise<boolean> {
    const key = JSON.stringify([user, action]);
    return remembered(answers, key, () => reviews.mayDo(user, action));
  }

  async function lookUp(token: string): Promise<Caller | undefined> {
    if (lookups >= maxLookups) throw new ConsoleError(503, 'too many sign-ins at once; try again');
    lookups += 1;
    try {
      const user = await reviews.userOf(token);
      return user && (await toCaller(user));
    } finally {
      lookups -= 1;
    }
  }

  async function toCaller(user: ClusterUser): Promise<Caller> {
    const name = user.username.slice(0, 200);
    if (await mayDo(user, { verb: '*', resource: '*' })) return { name, role: 'admin', access: everything };
    const access: Access = {
      namespaces: (await mayDo(user, seeing)) ? 'all' : await visibleTo(user),
      may: (deed, namespace) => answered(mayDo(user, { ...deeds[deed], namespace })),
      validMs: believedMs,
    };
    return { name, role: 'responder', access };
  }

  async function visibleTo(user: ClusterUser): Promise<ReadonlySet<string>> {
    const waiting = (await options.namespaces()).filter((name) => namespacePattern.test(name));
    const visible = new Set<string>();
    const worker = async (): Promise<void> => {
      for (let namespace = waiting.pop(); namespace !== undefined; namespace = waiting.pop())
        if (await mayDo(user, { ...seeing, namespace })) visible.add(namespace);
    };
    await Promise.all(Array.from({ length: questionsAtOnce }, worker));
    return visible;
  }

  async function answered<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof ConsoleError) throw error;
      onTrouble(error as Error);
      throw new ConsoleError(503, 'the API server does not say who you are and what you may see', {
        cause: error,
      });
    }
  }

  return {
    callerOf: (token) => answered(remembered(callers, digestOf(token), () => lookUp(token))),
  };
}

/** What failed is asked again. */
function remembered<T extends object>(
  cache: LRUCache<string, T>,
  key: string,
  ask: () => T & Promise<unknown>,
): T {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const asked = ask();
  cache.set(key, asked);
  asked.catch(() => cache.delete(key));
  return asked;
}

/** Tokens are not kept. */
const digestOf = (token: string): string => createHash('sha256').update(token).digest('base64');
