import { useEffect } from 'preact/hooks';
import type { NowView } from '../api/now-routes.ts';
import type { SessionView } from '../api/session-routes.ts';
import { remove } from './api-client.ts';
import { html } from './html.ts';
import { onLine, startLive, stopLive, useLive } from './live.ts';
import { AlertPage } from './page-alert.ts';
import { HistoryPage } from './page-history.ts';
import { NowPage } from './page-now.ts';
import { CapturesPage } from './page-captures.ts';
import { DestinationsPage } from './page-destinations.ts';
import { ExplorePage } from './page-explore.ts';
import { MapPage } from './page-map.ts';
import { RulesPage } from './page-rules.ts';
import { SilencesPage } from './page-silences.ts';
import { StatusPage } from './page-status.ts';
import { SignInPage } from './page-sign-in.ts';
import { Empty, Failure, Loading } from './parts.ts';
import { Link, useRoute } from './router.ts';
import { StaleBanner } from './stale-banner.ts';
import { applyTheme, nextTheme, useTheme } from './theme.ts';
import { Toasts, act } from './toast.ts';
import { useApi } from './use-api.ts';

interface Place {
  readonly path: string;
  readonly name: string;
  readonly page: (session: SessionView) => unknown;
}

const places: readonly Place[] = [
  { path: '/', name: 'Now', page: () => html`<${NowPage} />` },
  { path: '/history', name: 'History', page: () => html`<${HistoryPage} />` },
  { path: '/explore', name: 'Explore', page: () => html`<${ExplorePage} />` },
  { path: '/map', name: 'Map', page: () => html`<${MapPage} />` },
  { path: '/destinations', name: 'Destinations', page: () => html`<${DestinationsPage} />` },
  { path: '/captures', name: 'Captures', page: () => html`<${CapturesPage} />` },
  { path: '/rules', name: 'Rules', page: () => html`<${RulesPage} />` },
  { path: '/silences', name: 'Silences', page: () => html`<${SilencesPage} />` },
  { path: '/status', name: 'Status', page: ({ role }) => html`<${StatusPage} role=${role} />` },
];

/** Frame around every page: where one can go, who one is, whether it is live. */
export function Shell() {
  const { data: session, error, reload } = useApi<SessionView>('/session');
  const { path } = useRoute();
  const signedIn = session?.signed_in === true;
  useEffect(() => {
    if (!signedIn) return undefined;
    startLive();
    // Rights may have ended: then the way on is to sign in.
    const end = onLine('refused', reload);
    return () => {
      end();
      stopLive();
    };
  }, [signedIn]);
  useEffect(() => {
    document.title = `${places.find((place) => place.path === path)?.name ?? 'Alert'} · Saccade`;
  }, [path]);
  if (error && !session) return html`<main><${Failure} error=${error} /></main>`;
  if (!session) return html`<main><${Loading} /></main>`;
  if (!signedIn) return html`<${SignInPage} done=${reload} by=${session.sign_in_by} /><${Toasts} />`;
  return html`<a class="skip" href="#content">Skip to content</a>
    <${StaleBanner} />
    <div class="frame">
      <${Sidebar} session=${session} path=${path} reload=${reload} />
      <main id="content" tabindex="-1">${pageAt(path, session)}</main>
    </div>
    <${Toasts} />`;
}

function pageAt(path: string, session: SessionView): unknown {
  const alert = /^\/alerts\/([^/]+)$/.exec(path)?.[1];
  if (alert !== undefined) return html`<${AlertPage} key=${alert} id=${decodeURIComponent(alert)} />`;
  const place = places.find((one) => one.path === path);
  if (place !== undefined) return place.page(session);
  return html`<div class="page">
    <h1>Not found</h1>
    <${Empty} title="There is nothing here"><${Link} to="/">Back to Now<//><//>
  </div>`;
}

interface SidebarProps {
  readonly session: SessionView;
  readonly path: string;
  readonly reload: () => void;
}

function Sidebar({ session, path, reload }: SidebarProps) {
  const { data } = useApi<NowView>('/now', { on: ['alert'], everyMs: 15_000 });
  const firing = data?.open.filter(({ state }) => state === 'firing') ?? [];
  const { connected } = useLive();
  const signOut = async (): Promise<void> => {
    const ended: { next: string | null } = { next: null };
    const end = async () => Object.assign(ended, await remove<typeof ended>('/session'));
    if (!(await act(end, 'Signed out'))) return;
    if (ended.next === null) reload();
    else location.assign(ended.next);
  };
  return html`<nav class="sidebar" aria-label="Main">
    <p class="brand"><span class="brand-mark" aria-hidden="true"></span>Saccade</p>
    <ul>
      ${places.map(
        (place) =>
          html`<li key=${place.path}>
            <${Link} to=${place.path} aria-current=${place.path === path ? 'page' : undefined}
              >${place.name}${
                place.path === '/' &&
                firing.length > 0 &&
                html` <span
                  class=${`count ${firing.some(({ level }) => level === 'page') ? 'page' : 'notice'}`}
                  >${firing.length}<span class="unseen"> firing</span></span
                >`
              }<//
            >
          </li>`,
      )}
    </ul>
    <div class="sidebar-foot">
      <p class=${`live ${connected ? 'on' : 'off'}`}>${connected ? 'live' : 'connecting…'}</p>
      <${ThemeButton} />
      ${
        session.sign_in_required &&
        html`<p class="muted">${session.name}, ${session.role}</p>
          <button type="button" onClick=${signOut}>Sign out</button>`
      }
      <p class="muted">${session.version}</p>
    </div>
  </nav>`;
}

function ThemeButton() {
  const theme = useTheme();
  return html`<button type="button" onClick=${() => applyTheme(nextTheme(theme))}>Theme: ${theme}</button>`;
}
