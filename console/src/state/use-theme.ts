/** Light or dark: as the system has it, until a person chooses. */
import { useEffect, useState } from 'preact/hooks';

export type Theme = 'system' | 'light' | 'dark';

const STORED = 'order-saga.theme';
const ORDER: readonly Theme[] = ['system', 'light', 'dark'];

function storedTheme(): Theme {
  const stored = localStorage.getItem(STORED);
  return ORDER.find((theme) => theme === stored) ?? 'system';
}

export function useTheme(): { readonly theme: Theme; readonly next: () => void } {
  const [theme, setTheme] = useState(storedTheme);
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    localStorage.setItem(STORED, theme);
    // Charts are drawn with the colours of the moment.
    globalThis.dispatchEvent(new Event('themechange'));
  }, [theme]);
  return { theme, next: () => setTheme(ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length] ?? 'system') };
}
