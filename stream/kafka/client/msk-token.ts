import { generateAuthToken } from 'aws-msk-iam-sasl-signer-js';

/** A token is valid for 15 minutes; a connection that is made later has another. */
const renewBeforeMs = 60_000;

/**
 * Tokens for Amazon MSK with IAM: a request to `kafka-cluster:Connect`, signed with what the AWS SDK finds and told over SASL
 * OAUTHBEARER. The last one is used again while it is valid.
 * https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html
 */
export function createMskToken(region: string, nowMs: () => number = Date.now): () => Promise<string> {
  let last: { readonly token: string; readonly untilMs: number } | undefined;
  return async () => {
    if (last !== undefined && nowMs() < last.untilMs - renewBeforeMs) return last.token;
    const { token, expiryTime } = await generateAuthToken({ region });
    last = { token, untilMs: expiryTime };
    return token;
  };
}
