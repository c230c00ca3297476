/** What stands where there is nothing to show: still loading, nothing there, or something wrong. */
import type { ComponentChildren } from 'preact';
import type { Problem } from '../api/problem.ts';

export function Loading({ what }: { readonly what: string }) {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">Loading {what}</span>
      {[80, 100, 65].map((width) => (
        <span key={width} class={`bone bone-${width}`} aria-hidden="true" />
      ))}
    </div>
  );
}

export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children === undefined ? null : <p class="muted">{children}</p>}
    </div>
  );
}

export interface ProblemNoteProps {
  readonly problem: Problem;
  readonly onRetry?: (() => void) | undefined;
}

export function ProblemNote({ problem, onRetry }: ProblemNoteProps) {
  const { title, detail, code, status, requestId, fields } = problem;
  return (
    <div class="problem" role="alert">
      <p class="problem-title">{title}</p>
      <p>{detail}</p>
      {fields.length === 0 ? null : (
        <ul>
          {fields.map(({ pointer, message }) => (
            <li key={pointer}>
              <code>{pointer}</code> {message}
            </li>
          ))}
        </ul>
      )}
      <p class="problem-facts">
        {status === null ? (
          <code>{code}</code>
        ) : (
          <a href={`/docs/errors#${code}`} target="_blank" rel="noreferrer">
            <code>{code}</code>
          </a>
        )}
        {requestId === null ? null : (
          <>
            {' · request '}
            <code>{requestId}</code>
          </>
        )}
      </p>
      {onRetry === undefined ? null : (
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

export interface LoadedProps<Value> {
  readonly what: string;
  readonly resource: {
    readonly value: Value | null;
    readonly problem: Problem | null;
    readonly isLoading: boolean;
    readonly reload: () => void;
  };
  readonly children: (value: Value) => ComponentChildren;
}

/** Shows a value when it is there, and until then why it is not. A value stays while it is read again. */
export function Loaded<Value>({ what, resource, children }: LoadedProps<Value>) {
  const { value, problem, isLoading, reload } = resource;
  return (
    <>
      {problem === null ? null : <ProblemNote problem={problem} onRetry={reload} />}
      {value === null && problem === null ? <Loading what={what} /> : null}
      {value === null ? null : (
        <div class={isLoading ? 'fresh is-loading' : 'fresh'} aria-busy={isLoading}>
          {children(value)}
        </div>
      )}
    </>
  );
}
