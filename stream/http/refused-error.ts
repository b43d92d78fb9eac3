/** Come again later (429, 503), or never as you are (409). */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly status: 409 | 429 | 503;
  readonly retryAfterS: number;

  constructor(status: 409 | 429 | 503, message: string, retryAfterS: number) {
    super(message);
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}
