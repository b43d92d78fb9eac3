import { z } from 'zod';
import { terminalFallback } from './config-schema.ts';
import { suggest } from '../../source-text/suggestion.ts';

/** As much of the section as references need; whatever else is wrong is told by the full schema at the same time. */
const outlineSchema = z.object({
  route: z.unknown(),
  receivers: z.array(z.object({ name: z.string().catch('') }).catch({ name: '' })).catch([]),
  fallback: z.string().optional().catch(undefined),
  digest: z
    .object({ receiver: z.string().catch('') })
    .optional()
    .catch(undefined),
});
const routeOutlineSchema = z.object({
  receiver: z.string().optional().catch(''),
  routes: z.array(z.unknown()).catch([]),
});

type Path = readonly (string | number)[];
type Issue = z.core.$ZodIssueCustom;

const issue = (path: Path, message: string): Issue => ({
  code: 'custom',
  message,
  input: undefined,
  path: [...path],
});

/** Receivers that are named and not defined, defined twice, or missing at the top. */
export function checkReferences(section: unknown): readonly Issue[] {
  const outline = outlineSchema.safeParse(section);
  if (!outline.success) return [];
  const { receivers, fallback, route, digest } = outline.data;
  const names = receivers.map(({ name }) => name);
  const doubled = names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [issue(['receivers', index, 'name'], `receiver "${name}" is defined twice`)],
  );
  const lost = fallback !== undefined && fallback !== terminalFallback && !names.includes(fallback);
  return [
    ...doubled,
    ...checkRoute(route, ['route'], names),
    ...checkReceiver(digest?.receiver ?? '', ['digest'], names),
    ...(lost ? [issue(['fallback'], undefinedReceiver(fallback, names))] : []),
  ];
}

function checkRoute(route: unknown, path: Path, names: readonly string[]): readonly Issue[] {
  const outline = routeOutlineSchema.safeParse(route);
  if (!outline.success) return [];
  const { receiver, routes } = outline.data;
  const own = checkReceiver(receiver, path, names);
  return [...own, ...routes.flatMap((child, index) => checkRoute(child, [...path, 'routes', index], names))];
}

function checkReceiver(receiver: string | undefined, path: Path, names: readonly string[]): readonly Issue[] {
  if (receiver === undefined) return path.length === 1 ? [issue(path, 'the top route needs a receiver')] : [];
  if (receiver === '' || names.includes(receiver)) return [];
  return [issue([...path, 'receiver'], undefinedReceiver(receiver, names))];
}

function undefinedReceiver(name: string, names: readonly string[]): string {
  const near = suggest(name, names);
  return `receiver "${name}" is not defined${near === undefined ? '' : `; did you mean "${near}"?`}`;
}
