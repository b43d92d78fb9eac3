import { useEffect, useState } from 'preact/hooks';

const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];
const key = 'saccade-theme';
const changed = new EventTarget();

export function currentTheme(): Theme {
  return themes.find((theme) => theme === localStorage.getItem(key)) ?? 'system';
}

/** As the system has it, or as this person chose. */
export function applyTheme(theme: Theme = currentTheme()): void {
  localStorage.setItem(key, theme);
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  changed.dispatchEvent(new Event('theme'));
}

export function nextTheme(theme: Theme): Theme {
  return themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
}

/** Draws anew when colours change: a canvas does not follow the style sheet by itself. */
export function useTheme(): Theme {
  const [, setRound] = useState(0);
  useEffect(() => {
    const update = (): void => setRound((round) => round + 1);
    const media = matchMedia('(prefers-color-scheme: dark)');
    media.addEventListener('change', update);
    changed.addEventListener('theme', update);
    return () => {
      media.removeEventListener('change', update);
      changed.removeEventListener('theme', update);
    };
  }, []);
  return currentTheme();
}

export function color(name: string): string {
  // Asked of an element: a custom property by itself still reads `light-dark(…)`.
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
