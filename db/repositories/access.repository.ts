/** API keys, and the first answers to requests with an Idempotency-Key. All may reject with DatabaseUnavailableError. */
export type Role = 'customer' | 'viewer' | 'operator' | 'approver' | 'admin' | 'importer';

export interface ApiKey {
  readonly id: string;
  readonly role: Role;
  readonly customerId: string | null;
}

/** An answer as it was sent, byte for byte. */
export interface StoredAnswer {
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One attempt at a request with an Idempotency-Key. */
export interface KeyAttempt {
  readonly principalId: string;
  /** SHA-256 of the key, hex. */
  readonly key: string;
  readonly attempt: number;
}

/** What an attempt ends with. */
export type FinalAnswer = KeyAttempt & { readonly answer: StoredAnswer };

/** How far the request of a key has come. */
export interface KeyState {
  /** Of the request that the key belongs to. */
  readonly fingerprint: string;
  readonly attempt: number;
  /** Whether the answer is the one for every repetition. */
  readonly isFinal: boolean;
  /** Whether an attempt is under way whose lease has not run out. */
  readonly isHeld: boolean;
  /** Null while the attempt is under way, and for ever when its process was killed. */
  readonly answer: StoredAnswer | null;
}

export interface AccessRepository {
  /** @param keyHash SHA-256 of the key, hex. Null when unknown or revoked. */
  findApiKey(keyHash: string): Promise<ApiKey | null>;
  /** Creates the key if there is none with this id; used by the demo stack and by the tool. */
  putApiKey(key: ApiKey & { readonly keyHash: string }): Promise<void>;
  /**
   * Takes the key for the next attempt when it is free: unknown, or known for an equal request of which no attempt is under
   * way or answered for good. `isTaken` says whether this caller is the one that attempts it now.
   * @param input.leaseMs how long others wait for the attempt before one of them makes the next; milliseconds
   * @returns null when another caller was faster at this very moment: ask again
   */
  claimKey(input: {
    readonly principalId: string;
    readonly key: string;
    readonly fingerprint: string;
    readonly leaseMs: number;
  }): Promise<(KeyState & { readonly isTaken: boolean }) | null>;
  /** Null when nobody has used the key. */
  readKey(principalId: string, key: string): Promise<KeyState | null>;
  /**
   * Ends an attempt with its answer: for every repetition, or only for those who wait for it.
   * @returns the answer that is now stored; null when the attempt was overtaken and nothing final is stored yet
   */
  endAttempt(ended: FinalAnswer & { readonly isFinal: boolean }): Promise<StoredAnswer | null>;
  /** Ends an attempt that did nothing, and lets the key be used for another request. */
  releaseKey(attempt: KeyAttempt): Promise<void>;
}
