/**
 * Why a request was no success:
 * - `dns`, `connect`, `tls`: it failed, or took longer than allowed, in that phase
 * - `timeout`: sent, and no whole answer in time
 * - `reset`: the connection broke while the answer was awaited or read
 * - `denied`: 401 or 403: the answer to this probe's identity, not a fault of the server
 * - `throttled`: 429
 * - `server`: 5xx
 * - `unexpected`: any other status than 2xx, or no HTTP
 */
export const failureClasses = [
  'dns',
  'connect',
  'tls',
  'timeout',
  'reset',
  'denied',
  'throttled',
  'server',
  'unexpected',
] as const;
export type FailureClass = (typeof failureClasses)[number];

/** How far a request had come. */
export type RequestPhase = 'dns' | 'connect' | 'tls' | 'answer';

/** undefined: a success. */
export function classOfStatus(status: number): FailureClass | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status === 401 || status === 403) return 'denied';
  if (status === 429) return 'throttled';
  return status >= 500 ? 'server' : 'unexpected';
}

/** The phase tells more than the code: ECONNRESET in the middle of a handshake is a matter of TLS. */
export function classOfError(phase: RequestPhase, code: string | undefined): FailureClass {
  if (phase !== 'answer') return phase;
  if (code === timeoutCode) return 'timeout';
  return code?.startsWith('HPE_') === true ? 'unexpected' : 'reset';
}

/** Code of the error with which a request is ended that takes too long. */
export const timeoutCode = 'SACCADE_TIMEOUT';
