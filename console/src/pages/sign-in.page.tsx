import { useId, useState } from 'preact/hooks';
import { problemOf, type Problem } from '../api/problem.ts';
import { canSignInHere } from '../api/open-id-connect.ts';
import type { OpenIdConnect } from '../api/types.ts';
import { ProblemNote } from '../components/feedback.tsx';

export interface SignInPageProps {
  readonly signIn: (apiKey: string) => Promise<void>;
  /** Why somebody who was signed in is so no more. */
  readonly why: string | null;
  /** What went wrong before this page was shown. */
  readonly problem: Problem | null;
  /** With whom one can sign in without a key; null where there is nobody. */
  readonly provider: OpenIdConnect | null;
  /** Leaves the page to sign in there. */
  readonly leave: () => void;
}

export function SignInPage({ signIn, why, problem: problemBefore, provider, leave }: SignInPageProps) {
  const [key, setKey] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const id = useId();

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await signIn(key.trim());
    } catch (error) {
      setProblem(explain(problemOf(error)));
      setBusy(false);
    }
  };

  return (
    <main class="sign-in">
      <form class="card" onSubmit={(event) => void submit(event)}>
        <h1>order-saga</h1>
        <p class="muted">
          The operations console.{' '}
          {provider === null ? 'Paste your API key, or a token of your identity provider.' : null}
        </p>
        {why === null ? null : <p class="note">{why}</p>}
        {problemBefore === null || problem !== null ? null : <ProblemNote problem={problemBefore} />}
        {provider === null ? null : <ProviderButton provider={provider} leave={leave} />}
        <div class="field">
          <label for={id}>API key</label>
          <input
            id={id}
            type="password"
            autocomplete="off"
            spellcheck={false}
            autofocus={provider === null}
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
            aria-describedby={`${id}-hint`}
          />
          <p id={`${id}-hint`} class="hint">
            It stays in this tab until you sign out or close it. <code>npm start</code> prints keys to try it
            with.
          </p>
        </div>
        {problem === null ? null : <ProblemNote problem={problem} />}
        <button
          type="submit"
          class={provider === null ? 'button button-primary' : 'button'}
          disabled={isBusy || key.trim() === ''}
        >
          {isBusy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}

function ProviderButton({
  provider,
  leave,
}: Pick<SignInPageProps, 'leave'> & { readonly provider: OpenIdConnect }) {
  const canLeave = canSignInHere();
  return (
    <div class="provider">
      <button type="button" class="button button-primary" onClick={leave} disabled={!canLeave}>
        Sign in with {provider.name}
      </button>
      {canLeave ? null : (
        <p class="hint">That needs an address with https://. Open the console by such a one, or use a key.</p>
      )}
      <p class="or muted">or with a key</p>
    </div>
  );
}

function explain(problem: Problem): Problem {
  if (problem.status === 401)
    return {
      ...problem,
      title: 'The service does not know this key',
      detail: 'See that it was copied whole.',
    };
  if (problem.code === 'CONSOLE')
    return { ...problem, title: 'This key does not fit', code: 'NOT_FOR_CUSTOMERS' };
  return problem;
}
