/** Digests that tell whether two texts are equal, and nobody who has only the digests what they are. */
export interface DigestPort {
  /** @param kind keeps digests of different things apart, also where their texts are equal */
  digest(kind: 'card' | 'address', text: string): string;
}
