const base = '/api/v1';

/** What the server said in place of an answer; `message` is for the person who looks. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Questions that were asked a moment ago and are not answered yet, by path. */
const underWay = new Map<string, { readonly atMs: number; readonly answer: Promise<unknown> }>();
const sharedMs = 100;

/** Parts of a page that ask the same at once get one answer. */
export function get<T>(path: string): Promise<T> {
  const atMs = performance.now();
  const earlier = underWay.get(path);
  if (earlier !== undefined && atMs - earlier.atMs < sharedMs) return earlier.answer as Promise<T>;
  const answer = send<T>('GET', path).finally(() => {
    if (underWay.get(path)?.atMs === atMs) underWay.delete(path);
  });
  underWay.set(path, { atMs, answer });
  return answer;
}

export async function post<T = unknown>(path: string, body: object = {}): Promise<T> {
  return send<T>('POST', path, body);
}

export async function remove<T = unknown>(path: string): Promise<T> {
  return send<T>('DELETE', path);
}

async function send<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(base + path, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  }).catch(() => {
    throw new ApiError(0, 'Saccade does not answer. Is it running?');
  });
  const answer = (await response.json().catch(() => ({}))) as T & { readonly error?: string };
  if (!response.ok) throw new ApiError(response.status, answer.error ?? `HTTP ${response.status}`);
  return answer;
}

/** Leaves out what is undefined or empty. */
export function queryText(values: Readonly<Record<string, string | number | null | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
