/** Who has signed in. The key stays in this tab: it is in its session storage and in the header of requests, and nowhere else. */
import { createContext, type ComponentChildren } from 'preact';
import { useContext, useMemo, useState } from 'preact/hooks';
import { createClient, type Client } from '../api/client.ts';
import type { Me } from '../api/types.ts';

export interface Session {
  readonly client: Client;
  readonly me: Me;
  readonly may: (permission: string) => boolean;
  readonly signOut: () => void;
}

const STORED = 'order-saga.key';

export function storedKey(): string | null {
  return sessionStorage.getItem(STORED);
}

/** Asks the service who the key belongs to. Rejects with ProblemError. */
export function readMe(apiKey: string): Promise<Me> {
  return createClient(apiKey).get<Me>('/v1/ops/me');
}

const SessionContext = createContext<Session | null>(null);

/** @throws Error outside of SignedIn */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('Nobody has signed in');
  return session;
}

export interface SignedInProps {
  readonly apiKey: string;
  readonly me: Me;
  readonly onSignOut: (why: string | null) => void;
  readonly children: ComponentChildren;
}

export function SignedIn({ apiKey, me, onSignOut, children }: SignedInProps) {
  const session = useMemo((): Session => {
    const signOut = (why: string | null): void => {
      sessionStorage.removeItem(STORED);
      onSignOut(why);
    };
    return {
      client: createClient(apiKey, () => signOut('The service no longer knows this key. Sign in again.')),
      me,
      may: (permission) => me.permissions.includes(permission),
      signOut: () => signOut(null),
    };
  }, [apiKey, me, onSignOut]);
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}

export interface SigningIn {
  readonly apiKey: string;
  readonly me: Me;
}

/** @returns who is signed in, and how that changes */
export function useSigningIn(): {
  readonly signedIn: SigningIn | null;
  readonly signIn: (apiKey: string) => Promise<void>;
  readonly forget: () => void;
} {
  const [signedIn, setSignedIn] = useState<SigningIn | null>(null);
  return {
    signedIn,
    signIn: async (apiKey) => {
      const me = await readMe(apiKey);
      if (me.role === 'customer')
        throw new Error(
          "This is a customer's key. The console is for staff: use an operator's or a viewer's.",
        );
      sessionStorage.setItem(STORED, apiKey);
      setSignedIn({ apiKey, me });
    },
    forget: () => setSignedIn(null),
  };
}
