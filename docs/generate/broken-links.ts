import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const skipped = /^(?:node_modules|dist|images\/build|\.saccade|\.git)\//u;

/** Relative links of all Markdown files that lead nowhere, as `file: target`. */
export function brokenLinks(root: string): readonly string[] {
  return globSync('**/*.md', { cwd: root, exclude: ['node_modules', 'dist', 'images/build', '.saccade'] })
    .filter((file) => !skipped.test(file))
    .toSorted()
    .flatMap((file) =>
      brokenLinksOf(join(root, file)).map((target) => `${relative(root, join(root, file))}: ${target}`),
    );
}

function brokenLinksOf(path: string): readonly string[] {
  const text = withoutCode(readFileSync(path, 'utf8'));
  return linkTargets(text).filter((target) => isBroken(target, path));
}

/** Targets of links and images that name no other host. */
function linkTargets(text: string): readonly string[] {
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/gu)].map(
    ([, target = '']) => target,
  );
  const html = [...text.matchAll(/<(?:img|a)\s[^>]*?(?:src|href)="([^"]+)"/gu)].map(
    ([, target = '']) => target,
  );
  return [...new Set([...inline, ...html])].filter(
    (target) => !/^(?:[a-z][a-z0-9+.-]*:|\/\/)/iu.test(target),
  );
}

function isBroken(target: string, from: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? from : resolve(dirname(from), decodeURI(path));
  if (!existsSync(file)) return true;
  if (anchor === undefined || !file.endsWith('.md') || statSync(file).isDirectory()) return false;
  return !headingAnchors(readFileSync(file, 'utf8')).has(anchor);
}

/** As GitHub makes them from headings: lower case, no punctuation, hyphens for blanks, numbered when repeated. */
function headingAnchors(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutFences(markdown).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gmu)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/gu, '-');
    let anchor = slug;
    for (let repeat = 1; anchors.has(anchor); repeat++) anchor = `${slug}-${repeat}`;
    anchors.add(anchor);
  }
  return anchors;
}

function withoutFences(markdown: string): string {
  return markdown.replaceAll(/^([ \t]*)(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1?\2[ \t]*$/gmu, '');
}

function withoutCode(markdown: string): string {
  return withoutFences(markdown).replaceAll(/`[^`\n]*`/gu, '');
}
