import { useId, useState } from 'preact/hooks';
import { problemOf, type Problem } from '../api/problem.ts';
import { ProblemNote } from '../components/feedback.tsx';

export interface SignInPageProps {
  readonly signIn: (apiKey: string) => Promise<void>;
  /** Why somebody who was signed in is so no more. */
  readonly why: string | null;
}

export function SignInPage({ signIn, why }: SignInPageProps) {
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
        <p class="muted">The operations console. Paste your API key, or a token of your identity provider.</p>
        {why === null ? null : <p class="note">{why}</p>}
        <div class="field">
          <label for={id}>API key</label>
          <input
            id={id}
            type="password"
            autocomplete="off"
            spellcheck={false}
            autofocus
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
        <button type="submit" class="button button-primary" disabled={isBusy || key.trim() === ''}>
          {isBusy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
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
