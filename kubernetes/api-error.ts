import { z } from 'zod';

export const kubernetesErrorCodes = [
  'unreachable',
  'unauthorized',
  'forbidden',
  'not_found',
  'conflict',
  'expired',
  'throttled',
  'refused',
  'server_error',
  'malformed',
] as const;
export type KubernetesErrorCode = (typeof kubernetesErrorCodes)[number];

export interface ApiErrorDetails {
  readonly code: KubernetesErrorCode;
  /** HTTP status; undefined: no answer came. */
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** What went wrong between us and an API server. `code` is bounded: fit for a metric's label. */
export class KubernetesApiError extends Error {
  override readonly name = 'KubernetesApiError';
  readonly code: KubernetesErrorCode;
  readonly status: number | undefined;
  /** As the API server asked for. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { code, status, retryAfterMs, cause }: ApiErrorDetails) {
    super(message, { cause });
    this.code = code;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** `Status` of the Kubernetes API, as far as it is read. */
const statusSchema = z.looseObject({
  kind: z.literal('Status'),
  message: z.string().default(''),
  code: z.number().int().optional(),
  details: z.looseObject({ retryAfterSeconds: z.number().optional() }).optional(),
});

/** Of an answer that was none: `body` is what came with the status. */
export function errorOfAnswer(what: string, status: number, body: unknown): KubernetesApiError {
  const parsed = statusSchema.safeParse(body);
  const effective = parsed.data?.code ?? status;
  const seconds = parsed.data?.details?.retryAfterSeconds;
  const message = parsed.data?.message.slice(0, 1_000) || `HTTP ${status}`;
  return new KubernetesApiError(`${what}: ${message}${remedy(effective)}`, {
    code: codeOf(effective),
    status: effective,
    retryAfterMs: seconds === undefined ? undefined : seconds * 1_000,
  });
}

function codeOf(status: number): KubernetesErrorCode {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 409) return 'conflict';
  if (status === 410) return 'expired';
  if (status === 429) return 'throttled';
  return status >= 500 ? 'server_error' : 'refused';
}

function remedy(status: number): string {
  if (status === 401)
    return '. The token or certificate is not accepted: check the kubeconfig or the service account';
  if (status === 403) return '. Grant it with a Role or ClusterRole (the chart has one)';
  return '';
}
