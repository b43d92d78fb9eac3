import type { RequestOptions } from 'node:https';

/** Where the API server is and how to show who asks. */
export interface Credentials {
  /** `https://host:port`, without a slash at the end. */
  readonly server: string;
  /** For one request; asked each time, so that rotated tokens and authorities take effect. */
  requestOptions(): Promise<RequestOptions>;
  close(): void;
}

/** Thrown where there are none; the message names the place and what to do. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
  readonly code = 'kubernetes_credentials';
}
