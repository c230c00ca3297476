/** What stands around every page: where one can go, who is signed in, and the keys. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { PAGES, type PageInfo } from '../pages/index.ts';
import { useApprovals } from '../state/approvals.tsx';
import { linkTo, type Route } from '../state/route.ts';
import { useSession, type Session } from '../state/session.tsx';
import { moveToRow, useKeys, type Keys } from '../state/use-keys.ts';
import { goTo, useRoute } from '../state/use-route.ts';
import type { Theme } from '../state/use-theme.ts';
import { Empty } from './feedback.tsx';
import { HelpDialog } from './help-dialog.tsx';

export interface ShellProps {
  readonly theme: { readonly theme: Theme; readonly next: () => void };
}

const THEMES: Readonly<Record<Theme, string>> = { system: 'Auto', light: 'Light', dark: 'Dark' };

export function Shell({ theme }: ShellProps) {
  const session = useSession();
  const route = useRoute();
  const approvals = useApprovals();
  const [hasHelp, setHelp] = useState(false);
  const pages = PAGES.filter(({ permission }) => session.may(permission));
  useKeys({
    ...goingKeys(pages),
    '?': () => setHelp(true),
    '/': () => document.querySelector<HTMLInputElement>('[data-search]')?.focus(),
    j: () => moveToRow(1),
    k: () => moveToRow(-1),
  });
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={skipToMain}>
        Skip to the page
      </a>
      <header class="bar">
        <a class="brand" href={linkTo('now')}>
          order-saga
        </a>
        <nav aria-label="Pages">
          {pages.map(({ name, title, key, badge }) => (
            <a
              key={name}
              href={linkTo(name)}
              title={`g ${key}`}
              {...(route.page === name ? { 'aria-current': 'page' as const } : {})}
            >
              {title}
              {badge === 'approvals' ? <Badge count={approvals.count} /> : null}
            </a>
          ))}
        </nav>
        <Account session={session} theme={theme} onHelp={() => setHelp(true)} />
      </header>
      <CurrentPage pages={pages} route={route} />
      {hasHelp ? <HelpDialog pages={pages} onClose={() => setHelp(false)} /> : null}
    </div>
  );
}

function Badge({ count }: { readonly count: string | null }) {
  if (count === null || count === '0') return null;
  return (
    <span class="badge">
      {count}
      <span class="visually-hidden"> waiting</span>
    </span>
  );
}

function goingKeys(pages: readonly PageInfo[]): Keys {
  return Object.fromEntries(pages.map(({ key, name }) => [`g ${key}`, () => goTo(linkTo(name))]));
}

function skipToMain(event: Event): void {
  // The address says which page is shown, so it must not become #main.
  event.preventDefault();
  document.querySelector<HTMLElement>('main')?.focus();
}

function Account({
  session,
  theme,
  onHelp,
}: {
  readonly session: Session;
  readonly theme: ShellProps['theme'];
  readonly onHelp: () => void;
}) {
  return (
    <div class="account">
      <span class="who" title={session.me.principal}>
        <span class="visually-hidden">Signed in as </span>
        {session.me.role}
      </span>
      <button type="button" class="button button-quiet" onClick={theme.next} title="Light or dark">
        {THEMES[theme.theme]}
      </button>
      <button type="button" class="button button-quiet" onClick={onHelp} aria-label="Keys" title="Keys (?)">
        ?
      </button>
      <button type="button" class="button button-quiet" onClick={session.signOut}>
        Sign out
      </button>
    </div>
  );
}

/** The focus goes to a page that has changed, so that a screen reader begins there. */
function CurrentPage({ pages, route }: { readonly pages: readonly PageInfo[]; readonly route: Route }) {
  const main = useRef<HTMLElement>(null);
  const place = `${route.page}/${route.id ?? ''}`;
  const page = pages.find(({ name }) => name === route.page);
  useEffect(() => {
    document.title = `${page?.title ?? 'Not found'} · order-saga`;
    main.current?.focus({ preventScroll: true });
    globalThis.scrollTo(0, 0);
  }, [place]);
  return (
    <main id="main" tabIndex={-1} ref={main} key={place}>
      {page === undefined ? (
        <Empty title="There is nothing at this address">
          Or the role of your key does not reach it. Choose a page above.
        </Empty>
      ) : (
        <page.Page route={route} />
      )}
    </main>
  );
}
