/** The way to sign in with an OpenID provider: what the service says of it, going there, and coming back. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { exchangeAnswer, leaveToSignIn, readOpenIdConnect, takeAnswer } from '../api/open-id-connect.ts';
import { problemOf, ProblemError, type Problem } from '../api/problem.ts';
import type { OpenIdConnect } from '../api/types.ts';
import type { Credential } from './session.tsx';

export interface ProviderSignIn {
  /** Null while nothing is known of one, and where there is none. */
  readonly provider: OpenIdConnect | null;
  /** Why it cannot be used at the moment. */
  readonly problem: Problem | null;
  readonly leave: (askAgain: boolean) => void;
  /** Asks anew what the service says of it. */
  readonly read: () => Promise<OpenIdConnect | null>;
}

export function useOpenIdConnect(): ProviderSignIn {
  const [provider, setProvider] = useState<OpenIdConnect | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  const read = useCallback(async (): Promise<OpenIdConnect | null> => {
    const found = await readOpenIdConnect();
    setProvider(found);
    setProblem(null);
    return found;
  }, []);

  const leave = useCallback(
    (askAgain: boolean): void => {
      if (provider === null) return;
      leaveToSignIn(provider, askAgain).catch((error: unknown) => setProblem(problemOf(error)));
    },
    [provider],
  );

  useEffect(() => {
    read().catch((error: unknown) => setProblem(problemOf(error)));
  }, [read]);
  return { provider, problem, leave, read };
}

/**
 * Who comes back from the provider with an answer in the address, signed in by it.
 * @returns false when nobody does
 * @throws ProblemError that says why nobody was signed in
 */
export async function signInByAnswer(
  read: () => Promise<OpenIdConnect | null>,
  signIn: (credential: Credential) => Promise<void>,
): Promise<boolean> {
  const answer = takeAnswer();
  if (answer === null) return false;
  const provider = await read();
  if (provider === null) throw new ProblemError(NO_PROVIDER);
  const { token, expiresAtMs } = await exchangeAnswer(provider, answer);
  try {
    await signIn({ secret: token, token: { from: provider.name, expiresAtMs } });
  } catch (error) {
    throw new ProblemError(explainToken(provider, problemOf(error)));
  }
  return true;
}

function explainToken({ name }: OpenIdConnect, problem: Problem): Problem {
  if (problem.status === 401)
    return {
      ...problem,
      title: `The service does not accept your token of ${name}`,
      detail:
        'It has to name the service as its audience, and to give you a role. Ask who looks after your account there.',
    };
  if (problem.code === 'CONSOLE')
    return { ...problem, title: 'This is not for you', code: 'NOT_FOR_CUSTOMERS' };
  return problem;
}

const NO_PROVIDER: Problem = {
  title: 'Nobody was signed in',
  detail: 'The service has no provider to sign in with. Use a key.',
  code: 'SIGN_IN_NOT_OFFERED',
  status: null,
  requestId: null,
  fields: [],
  possible: [],
};
