import type { Authenticator } from '../authenticator.ts';
import type { KubernetesSignIn } from './kubernetes-sign-in.ts';

/** Knows people as before, and those of the cluster by the token that they show its API server. */
export function withKubernetes(others: Authenticator, kubernetes: KubernetesSignIn): Authenticator {
  return {
    ...others,
    required: true,
    byToken: async (token) => (await others.byToken(token)) ?? (await kubernetes.callerOf(token)),
  };
}
