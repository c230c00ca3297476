/** The three ways in which a call to the API can fail, each with what a person can do about it. */
import { z } from 'zod';

/** RFC 9457, as the API writes it; what is particular to a code (`lines`, `actualTotal`) is kept as it came. */
export const problemSchema = z.looseObject({
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string().optional(),
  requestId: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
  /** What can be done instead. */
  possible: z.array(z.string()).optional(),
});
export type Problem = z.output<typeof problemSchema>;

/** The API said no. */
export class ApiRefusalError extends Error {
  override readonly name = 'ApiRefusalError';
  readonly problem: Problem;
  /** The delay that the API asked for, milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(problem: Problem, retryAfterMs: number | undefined) {
    super(`${problem.title}${problem.detail === undefined ? '' : `: ${problem.detail}`}`);
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Nobody answered, or not in time. The request may have been carried out; repeating it with the same key is safe. */
export class ApiUnreachableError extends Error {
  override readonly name = 'ApiUnreachableError';

  constructor(baseUrl: string, cause: unknown) {
    super(
      `No answer from the order service at ${baseUrl} (${reasonOf(cause)}). Is it running? ` +
        'Start it with `npm start`, or set ORDER_SAGA_URL to the address of its API.',
      { cause },
    );
  }
}

/** Something answered that is not the order service, or not in the form that its contract names. */
export class ApiReplyError extends Error {
  override readonly name = 'ApiReplyError';

  constructor(baseUrl: string, what: string, cause?: unknown) {
    super(
      `What answers at ${baseUrl} does not answer as the order service does: ${what}. Check ORDER_SAGA_URL.`,
      { cause },
    );
  }
}

/** What can be read of anything thrown; checked by form, since errors of Node's own may come from another realm. */
const thrownSchema = z.object({
  name: z.string().optional(),
  code: z.unknown().optional(),
  message: z.string().optional(),
  cause: z.unknown().optional(),
});

/** The name of a network error lies in the cause of what fetch throws. */
function reasonOf(error: unknown): string {
  let reason = 'no reason given';
  for (
    let thrown = thrownSchema.safeParse(error);
    thrown.success;
    thrown = thrownSchema.safeParse(thrown.data.cause)
  ) {
    if (typeof thrown.data.code === 'string') return thrown.data.code;
    if (thrown.data.name === 'TimeoutError') return 'timed out';
    reason = thrown.data.message ?? reason;
  }
  return reason;
}
