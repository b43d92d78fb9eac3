import { useEffect, useState } from 'preact/hooks';
import { html, type Children } from './html.ts';

export interface Route {
  readonly path: string;
  readonly query: URLSearchParams;
}

const changed = new EventTarget();

function current(): Route {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

export function navigate(to: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', to);
  else history.replaceState(null, '', to);
  changed.dispatchEvent(new Event('route'));
  if (how === 'push') scrollTo(0, 0);
}

/** The address as it is now; draws anew when it changes. */
export function useRoute(): Route {
  const [route, setRoute] = useState(current);
  useEffect(() => {
    const update = (): void => setRoute(current());
    changed.addEventListener('route', update);
    addEventListener('popstate', update);
    return () => {
      changed.removeEventListener('route', update);
      removeEventListener('popstate', update);
    };
  }, []);
  return route;
}

/** Filters live in the address: it can be sent to somebody. An empty value takes the filter out. */
export function setQuery(changes: Readonly<Record<string, string | undefined>>): void {
  const { path, query } = current();
  for (const [name, value] of Object.entries(changes))
    if (value === undefined || value === '') query.delete(name);
    else query.set(name, value);
  const text = query.toString();
  navigate(text === '' ? path : `${path}?${text}`, 'replace');
}

interface LinkProps {
  readonly to: string;
  readonly children?: Children;
  readonly class?: string;
  readonly [attribute: string]: unknown;
}

export function Link({ to, children, ...rest }: LinkProps) {
  const follow = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    navigate(to);
  };
  return html`<a href=${to} onClick=${follow} ...${rest}>${children}</a>`;
}
