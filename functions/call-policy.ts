import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  circuitBreaker,
  ConsecutiveBreaker,
  DelegateBackoff,
  handleWhen,
  type IRetryBackoffContext,
  retry,
  TaskCancelledError,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import { FunctionError } from './event-function.ts';

export interface CallPolicyOptions {
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly firstDelayMs?: number;
  readonly maxDelayMs?: number;
  /** How long a function that failed five times in a row is left alone. */
  readonly openMs?: number;
  readonly random?: () => number;
}

export interface CallPolicy {
  /** Resolves to what `call` gave, after as many attempts as it took; rejects with the last error. */
  run<T>(call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** `open`: it failed so often that it is left alone for a while. */
  state(): 'closed' | 'open';
}

const failuresToOpen = 5;

/** Time-out by attempt, back-off with jitter between attempts, and a circuit breaker over all calls of one function. */
export function createCallPolicy(options: CallPolicyOptions): CallPolicy {
  const { firstDelayMs = 500, maxDelayMs = 60_000, openMs = 10_000, random = Math.random } = options;
  let open = false;
  const breaker = createBreaker(openMs, (isOpen) => (open = isOpen));
  const backoff = new DelegateBackoff<IRetryBackoffContext<unknown>>(({ attempt, result }) => {
    const wish = 'error' in result && result.error instanceof FunctionError ? result.error.retryAfterMs : 0;
    const wholeMs = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(30, attempt - 1));
    return Math.max(wish ?? 0, wholeMs / 2 + (random() * wholeMs) / 2);
  });
  const policy = wrap(
    retry(handleWhen(isRetryable), { maxAttempts: options.attempts - 1, backoff }),
    breaker,
    timeout(options.timeoutMs, TimeoutStrategy.Aggressive),
  );
  return {
    run: (call, signal) => policy.execute(({ signal: attempt }) => call(attempt), signal),
    state: () => (open ? 'open' : 'closed'),
  };
}

function createBreaker(openMs: number, onChange: (open: boolean) => void): CircuitBreakerPolicy {
  // A refusal of one event is no sign of a function that is down.
  const breaker = circuitBreaker(handleWhen(isRetryable), {
    halfOpenAfter: openMs,
    breaker: new ConsecutiveBreaker(failuresToOpen),
  });
  breaker.onBreak(() => onChange(true));
  breaker.onReset(() => onChange(false));
  return breaker;
}

function isRetryable(error: unknown): boolean {
  if (error instanceof FunctionError) return error.retryable;
  return error instanceof BrokenCircuitError || error instanceof TaskCancelledError;
}
