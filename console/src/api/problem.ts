/** What went wrong with a request, as RFC 9457 and the service tell it, or the nearest to it that is known. */
export interface Problem {
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  /** Null when nobody answered. */
  readonly status: number | null;
  readonly requestId: string | null;
  readonly fields: readonly { readonly pointer: string; readonly message: string }[];
  /** Actions that are possible instead of the one that was refused. */
  readonly possible: readonly string[];
}

export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** @param body what came; anything is taken */
export function toProblem(status: number, requestId: string | null, body: unknown): Problem {
  const given = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
  const text = (name: string): string | null => (typeof given[name] === 'string' ? given[name] : null);
  const list = (name: string): readonly unknown[] => (Array.isArray(given[name]) ? given[name] : []);
  const [errors, possible] = [list('errors'), list('possible')];
  return {
    title: text('title') ?? 'The service answered with an error',
    detail: text('detail') ?? `It answered ${status} and did not say why.`,
    code: text('code') ?? `HTTP_${status}`,
    status,
    requestId: text('requestId') ?? requestId,
    fields: errors.flatMap((error) => {
      const { pointer, message } = error as { pointer?: unknown; message?: unknown };
      return typeof pointer === 'string' && typeof message === 'string' ? [{ pointer, message }] : [];
    }),
    possible: possible.filter((name) => typeof name === 'string'),
  };
}

export const UNREACHABLE: Problem = {
  title: 'The service cannot be reached',
  detail: 'Nothing answered. See whether it runs and whether this machine is connected, then try again.',
  code: 'UNREACHABLE',
  status: null,
  requestId: null,
  fields: [],
  possible: [],
};

/** What to show of anything that was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return {
    title: 'The console has a fault',
    detail,
    code: 'CONSOLE',
    status: null,
    requestId: null,
    fields: [],
    possible: [],
  };
}
