/** A request that cannot be answered; `message` is for the person who asked. */
export class ConsoleError extends Error {
  override readonly name = 'ConsoleError';
  readonly status: 400 | 401 | 403 | 404 | 409 | 410 | 429 | 503;

  constructor(status: ConsoleError['status'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}
