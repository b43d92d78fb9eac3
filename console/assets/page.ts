import { apiCallsOf } from './first-calls.ts';

export interface PageOptions {
  /** Of the assets. */
  readonly version: string;
  /** The address that was asked for, without its query. */
  readonly path: string;
  /** false: only who asks is known to be asked for. */
  readonly signedIn: boolean;
}

/** Nothing but our own files; what a workload's name may hold cannot become code. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** The one page; all else is drawn by its script. */
export function createPage({ version, path, signedIn }: PageOptions): string {
  const url = (name: string): string => `/assets/${version}/${name}`;
  const calls = apiCallsOf(path, signedIn);
  // `crossorigin`: only so are they what `fetch` asks for by default.
  const preloads = calls.map((call) => `<link rel="preload" as="fetch" crossorigin href="${call}">`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Saccade</title>
<link rel="stylesheet" href="${url('style.css')}">
<script type="module" src="${url('main.js')}"></script>
${preloads.join('\n')}
<link rel="icon" type="image/svg+xml" href="${url('icon.svg')}">
</head>
<body>
<div id="app"></div>
<noscript>The console needs JavaScript. Without it: saccade alerts list</noscript>
</body>
</html>
`;
}
