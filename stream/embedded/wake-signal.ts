/** A level-triggered wake-up for one waiter: a wake between two waits is not lost. */
export class WakeSignal {
  #woken = false;
  #resolve: (() => void) | undefined;

  wake(): void {
    this.#woken = true;
    this.#resolve?.();
  }

  /** Resolves at the next wake (or the one since the last wait), or after `timeoutMs`. */
  async wait(timeoutMs?: number): Promise<void> {
    if (!this.#woken) await this.#sleep(timeoutMs);
    this.#woken = false;
  }

  async #sleep(timeoutMs: number | undefined): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#resolve = resolve;
      if (timeoutMs !== undefined) timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
    this.#resolve = undefined;
  }
}
