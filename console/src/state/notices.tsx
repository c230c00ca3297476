/** Short messages that say what has been done; read out by screen readers. */
import { createContext, type ComponentChildren } from 'preact';
import { useCallback, useContext, useState } from 'preact/hooks';

const SHOWN_MS = 8_000;

const NoticeContext = createContext<(text: string) => void>(() => undefined);

export function useNotice(): (text: string) => void {
  return useContext(NoticeContext);
}

export function Notices({ children }: { readonly children: ComponentChildren }) {
  const [notices, setNotices] = useState<readonly { readonly id: number; readonly text: string }[]>([]);
  const tell = useCallback((text: string) => {
    const id = Date.now() + Math.random();
    setNotices((before) => [...before, { id, text }]);
    setTimeout(() => setNotices((before) => before.filter((notice) => notice.id !== id)), SHOWN_MS);
  }, []);
  return (
    <NoticeContext.Provider value={tell}>
      {children}
      <div class="notices" role="status" aria-live="polite">
        {notices.map(({ id, text }) => (
          <p key={id} class="notice">
            {text}
          </p>
        ))}
      </div>
    </NoticeContext.Provider>
  );
}
