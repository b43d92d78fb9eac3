import { z } from 'zod';
import type { KubernetesWriter } from '../api.ts';
import { tokenAudience } from '../reviews.ts';

const answerSchema = z.looseObject({ status: z.looseObject({ token: z.string().min(1) }) });
/** The least that an API server gives. */
const seconds = 600;

/** A token of a service account for Saccade alone: nobody else takes it. Rejects with a `KubernetesApiError`. */
export async function makeToken(api: KubernetesWriter, namespace: string, name: string): Promise<string> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`;
  const answer = await api.send('POST', path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: [tokenAudience], expirationSeconds: seconds },
  });
  return answerSchema.parse(answer).status.token;
}
