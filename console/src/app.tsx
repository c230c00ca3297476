import { useCallback, useEffect, useState } from 'preact/hooks';
import { problemOf, ProblemError, type Problem } from './api/problem.ts';
import { Loading } from './components/feedback.tsx';
import { Shell } from './components/shell.tsx';
import { SignInPage } from './pages/sign-in.page.tsx';
import { Approvals } from './state/approvals.tsx';
import { Notices } from './state/notices.tsx';
import { endedText, SignedIn, storedCredential, useSigningIn } from './state/session.tsx';
import { signInByAnswer, useOpenIdConnect } from './state/use-open-id-connect.ts';
import { useTheme } from './state/use-theme.ts';

export function App() {
  const { signedIn, signIn, forget } = useSigningIn();
  const { provider, problem: providerProblem, leave, read } = useOpenIdConnect();
  const theme = useTheme();
  const [isResuming, setResuming] = useState(true);
  const [why, setWhy] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [hasLeft, setLeft] = useState(false);

  useEffect(() => {
    const resume = async (): Promise<void> => {
      try {
        if (await signInByAnswer(read, signIn)) return;
      } catch (error) {
        return setProblem(problemOf(error));
      }
      const credential = storedCredential();
      if (credential === null) return;
      try {
        await signIn(credential);
      } catch (error) {
        const isRefused = error instanceof ProblemError && error.problem.status === 401;
        if (isRefused) forget();
        setWhy(isRefused ? endedText(credential) : problemOf(error).detail);
      }
    };
    void resume().finally(() => setResuming(false));
    // Once, when the page is opened.
  }, []);

  const onSignOut = useCallback((reason: string | null) => {
    forget();
    setWhy(reason);
    setProblem(null);
    setLeft(reason === null);
  }, []);

  if (isResuming) return <Loading what="the console" />;
  if (signedIn === null)
    return (
      <SignInPage
        signIn={(key) => signIn({ secret: key, token: null })}
        why={why}
        problem={problem ?? providerProblem}
        provider={provider}
        leave={() => leave(hasLeft)}
      />
    );
  return (
    <SignedIn credential={signedIn.credential} me={signedIn.me} onSignOut={onSignOut}>
      <Notices>
        <Approvals>
          <Shell theme={theme} />
        </Approvals>
      </Notices>
    </SignedIn>
  );
}
