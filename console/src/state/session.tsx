/** Who has signed in. The key or token stays in this tab: it is in its session storage and in the header of requests, and nowhere else. */
import { createContext, type ComponentChildren } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import { createClient, type Client } from '../api/client.ts';
import type { Me } from '../api/types.ts';

export interface Session {
  readonly client: Client;
  readonly me: Me;
  readonly may: (permission: string) => boolean;
  readonly signOut: () => void;
}

/** What is sent to the service to say who asks. */
export interface Credential {
  readonly secret: string;
  /** Of a token; null for a key, which is good until somebody revokes it. */
  readonly token: {
    /** What people call the provider that gave it. */
    readonly from: string;
    /** Null when the provider did not say. */
    readonly expiresAtMs: number | null;
  } | null;
}

const STORED = 'order-saga.credential';
/** The longest time that a timer of a browser takes; a longer one would be over at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

export function storedCredential(): Credential | null {
  const text = sessionStorage.getItem(STORED);
  return text === null ? null : (JSON.parse(text) as Credential);
}

/** Why somebody has to sign in anew. */
export function endedText({ token }: Credential): string {
  return token === null
    ? 'The service no longer knows this key. Sign in again.'
    : `Your sign-in with ${token.from} has ended. Sign in again: you come back to this page.`;
}

/** Asks the service who this belongs to. Rejects with ProblemError. */
function readMe({ secret }: Credential): Promise<Me> {
  return createClient(secret).get<Me>('/v1/ops/me');
}

const SessionContext = createContext<Session | null>(null);

/** @throws Error outside of SignedIn */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('Nobody has signed in');
  return session;
}

export interface SignedInProps {
  readonly credential: Credential;
  readonly me: Me;
  /** @param why null when the person wanted it */
  readonly onSignOut: (why: string | null) => void;
  readonly children: ComponentChildren;
}

export function SignedIn({ credential, me, onSignOut, children }: SignedInProps) {
  const session = useMemo((): Session => {
    return {
      client: createClient(credential.secret, () => onSignOut(endedText(credential))),
      me,
      may: (permission) => me.permissions.includes(permission),
      signOut: () => onSignOut(null),
    };
  }, [credential, me, onSignOut]);

  useEffect(() => {
    const expiresAtMs = credential.token?.expiresAtMs ?? null;
    if (expiresAtMs === null) return undefined;
    // Told before an action is refused, and not after somebody has filled in a form.
    const leftMs = Math.min(LONGEST_TIMER_MS, expiresAtMs - Date.now());
    const timer = setTimeout(() => onSignOut(endedText(credential)), leftMs);
    return () => clearTimeout(timer);
  }, [credential, onSignOut]);

  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}

export interface SigningIn {
  readonly credential: Credential;
  readonly me: Me;
}

/** @returns who is signed in, and how that changes */
export function useSigningIn(): {
  readonly signedIn: SigningIn | null;
  /** Rejects with ProblemError when the service does not know it, and with Error when it is a customer's. */
  readonly signIn: (credential: Credential) => Promise<void>;
  readonly forget: () => void;
} {
  const [signedIn, setSignedIn] = useState<SigningIn | null>(null);
  return {
    signedIn,
    signIn: async (credential) => {
      const me = await readMe(credential);
      if (me.role === 'customer')
        throw new Error(
          credential.token === null
            ? "This is a customer's key. The console is for staff: use an operator's or a viewer's."
            : 'You are a customer there. The console is for staff.',
        );
      sessionStorage.setItem(STORED, JSON.stringify(credential));
      setSignedIn({ credential, me });
    },
    forget: () => {
      sessionStorage.removeItem(STORED);
      setSignedIn(null);
    },
  };
}
