import { useCallback, useEffect, useState } from 'preact/hooks';
import { problemOf } from './api/problem.ts';
import { Loading } from './components/feedback.tsx';
import { Shell } from './components/shell.tsx';
import { SignInPage } from './pages/sign-in.page.tsx';
import { Approvals } from './state/approvals.tsx';
import { Notices } from './state/notices.tsx';
import { SignedIn, storedKey, useSigningIn } from './state/session.tsx';
import { useTheme } from './state/use-theme.ts';

export function App() {
  const { signedIn, signIn, forget } = useSigningIn();
  const theme = useTheme();
  const [isResuming, setResuming] = useState(storedKey() !== null);
  const [why, setWhy] = useState<string | null>(null);

  useEffect(() => {
    const key = storedKey();
    if (key === null) return;
    signIn(key)
      .catch((error: unknown) => setWhy(problemOf(error).detail))
      .finally(() => setResuming(false));
    // Once, when the page is opened.
  }, []);

  const onSignOut = useCallback((reason: string | null) => {
    forget();
    setWhy(reason);
  }, []);

  if (isResuming) return <Loading what="the console" />;
  if (signedIn === null) return <SignInPage signIn={signIn} why={why} />;
  return (
    <SignedIn apiKey={signedIn.apiKey} me={signedIn.me} onSignOut={onSignOut}>
      <Notices>
        <Approvals>
          <Shell theme={theme} />
        </Approvals>
      </Notices>
    </SignedIn>
  );
}
