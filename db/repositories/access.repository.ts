/** API keys, and the first answers to requests with an Idempotency-Key. All may reject with DatabaseUnavailableError. */
export type Role = 'customer' | 'viewer' | 'operator' | 'approver' | 'admin' | 'importer';

export interface ApiKey {
  readonly id: string;
  readonly role: Role;
  readonly customerId: string | null;
}

export interface StoredAnswer {
  readonly fingerprint: string;
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface AccessRepository {
  /** @param keyHash SHA-256 of the key, hex. Null when unknown or revoked. */
  findApiKey(keyHash: string): Promise<ApiKey | null>;
  /** Creates the key if there is none with this id; used by the demo stack and by the tool. */
  putApiKey(key: ApiKey & { readonly keyHash: string }): Promise<void>;
  findAnswer(principalId: string, idempotencyKey: string): Promise<StoredAnswer | null>;
  /** Keeps the first answer for ever after: returns the one that is stored, which may be another request's. */
  keepAnswer(principalId: string, idempotencyKey: string, answer: StoredAnswer): Promise<StoredAnswer>;
}
