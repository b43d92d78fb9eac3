const base = '/api/v1';
/** As ids of alerts are: whatever else stands in an address stays out of the page. */
const alertPath = /^\/alerts\/[\w-]{1,128}$/;

/**
 * What the page at `path` asks of the API before it can show anything, for the browser to ask while it still fetches
 * the script. The paths must be those that the page itself asks for, else they are asked for twice.
 */
export function apiCallsOf(path: string, signedIn: boolean): readonly string[] {
  const session = `${base}/session`;
  if (!signedIn) return [session];
  const own = alertPath.test(path) ? [`${base}${path}`, `${base}${path}/series`] : [];
  return [session, `${base}/now`, ...own];
}
