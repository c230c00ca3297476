/** All that is known of what was thrown, for a person who looks for its cause. */
export function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
