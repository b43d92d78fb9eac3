import { z } from 'zod';
import type { KubernetesWriter } from './api.ts';
import { resourceGroup } from './resources/custom-resources.ts';

/** Of tokens that are made for Saccade alone: nobody else takes them. */
export const tokenAudience = 'saccade.io';

export interface ReviewedUser {
  readonly username: string;
  readonly uid?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

export interface ReviewedAction {
  readonly verb: string;
  readonly resource: string;
  readonly namespace?: string | undefined;
}

const userSchema = z.looseObject({
  username: z.string().min(1),
  uid: z.string().optional(),
  groups: z.array(z.string()).optional(),
  extra: z.record(z.string(), z.array(z.string())).optional(),
});
const tokenReviewSchema = z.looseObject({
  status: z.looseObject({
    authenticated: z.boolean().default(false),
    user: z.unknown(),
    audiences: z.array(z.string()).default([]),
  }),
});
const accessReviewSchema = z.looseObject({ status: z.looseObject({ allowed: z.boolean() }) });

/** Who people are and what they may do, by the word of the API server. Rejects with a `KubernetesApiError`. */
export function createReviews(api: KubernetesWriter) {
  return {
    /** undefined: the token is nobody's. One that is made for Saccade counts as well as one for the API server. */
    async userOf(token: string): Promise<ReviewedUser | undefined> {
      const audiences = audiencesOf(token).includes(tokenAudience) ? [tokenAudience] : undefined;
      const answer = await api.send('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, ...(audiences && { audiences }) },
      });
      const { status } = tokenReviewSchema.parse(answer);
      const isMeant = audiences === undefined || status.audiences.includes(tokenAudience);
      return status.authenticated && isMeant ? userSchema.parse(status.user) : undefined;
    },

    async mayDo(user: ReviewedUser, { verb, resource, namespace }: ReviewedAction): Promise<boolean> {
      const { username, uid, groups, extra } = user;
      const attributes = {
        group: resourceGroup,
        resource,
        verb,
        ...(namespace !== undefined && { namespace }),
      };
      const answer = await api.send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user: username, uid, groups, extra, resourceAttributes: attributes },
      });
      return accessReviewSchema.parse(answer).status.allowed;
    },
  };
}

/** What a token says of itself; only to be asked about, never believed. */
function audiencesOf(token: string): readonly string[] {
  const payload = token.split('.')[1] ?? '';
  try {
    const { aud } = claimsSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
    return typeof aud === 'string' ? [aud] : aud;
  } catch {
    // Not every token is a JWT.
    return [];
  }
}
const claimsSchema = z.looseObject({ aud: z.union([z.string(), z.array(z.string())]).default([]) });
