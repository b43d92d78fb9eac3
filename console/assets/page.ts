import { createHash } from 'node:crypto';
import type { Assets } from './load-assets.ts';

export interface Page {
  readonly html: string;
  /** Content-Security-Policy: nothing but our own files and this page's one import map. */
  readonly policy: string;
}

/** The one page; all else is drawn by its script. */
export function createPage({ version, files, modules, entry, style, icon }: Assets): Page {
  const url = (name: string): string => `/assets/${version}/${name}`;
  const imports = Object.fromEntries(Object.entries(modules).map(([module, name]) => [module, url(name)]));
  const importMap = JSON.stringify({ imports });
  // What draws charts comes with the first chart.
  const scripts = [...files].filter(
    ([name, { contentType }]) => contentType.startsWith('text/javascript') && name !== 'vendor/uplot.js',
  );
  const preloads = scripts.map(([name]) => `<link rel="modulepreload" href="${url(name)}">`);
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Saccade</title>
<link rel="icon" type="image/svg+xml" href="${url(icon)}">
<link rel="stylesheet" href="${url('vendor/uplot.css')}">
<link rel="stylesheet" href="${url(style)}">
<script type="importmap">${importMap}</script>
${preloads.join('\n')}
<script type="module" src="${url(entry)}"></script>
</head>
<body>
<div id="app"></div>
<noscript>The console needs JavaScript. Without it: saccade alerts list</noscript>
</body>
</html>
`;
  return { html, policy: policyOf(importMap) };
}

function policyOf(importMap: string): string {
  const hash = createHash('sha256').update(importMap).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
