/** Dialogs of the browser's own kind: the focus stays in them, Escape closes them, and it goes back to where it was. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { newIdempotencyKey } from '../api/client.ts';
import { problemOf, type Problem } from '../api/problem.ts';
import { ProblemNote } from './feedback.tsx';

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const isGone = useRef(false);
  const titleId = useId();
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => {
      isGone.current = true;
      dialog?.close();
    };
  }, []);
  // The browser tells a moment later that it has closed, and another dialog may be open by then.
  const onClosed = (): void => {
    if (!isGone.current) onClose();
  };
  return (
    <dialog ref={element} aria-labelledby={titleId} onClose={onClosed}>
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}

export interface ActionDialogProps {
  readonly title: string;
  /** What the button says that does it: what will happen, in a word or two. */
  readonly confirm: string;
  readonly isDangerous?: boolean;
  /** Why it cannot be done yet; null when it can. */
  readonly missing?: string | null;
  readonly onClose: () => void;
  /** @param key names this decision: made when the dialog opens, so that a second click or a second try has no second effect */
  readonly act: (key: string) => Promise<void>;
  /** How a problem is told. @default as everywhere */
  readonly tellProblem?: (problem: Problem) => ComponentChildren;
  readonly children: ComponentChildren;
}

/**
 * What was decided against stays so for its key, and a person who changes something decides anew. After anything else an attempt
 * may have had its effect, and only the same key finds that.
 */
function isRefused({ status, code }: Problem): boolean {
  const isOpen = status === 429 || code === 'REQUEST_IN_PROGRESS' || code === 'IDEMPOTENCY_KEY_REUSED';
  return status !== null && status >= 400 && status < 500 && !isOpen;
}

export function ActionDialog(props: ActionDialogProps) {
  const { title, confirm, isDangerous = false, missing = null, onClose, act, children } = props;
  const tellProblem = props.tellProblem ?? ((problem: Problem) => <ProblemNote problem={problem} />);
  const [key, setKey] = useState(newIdempotencyKey);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy || missing !== null) return;
    setBusy(true);
    setProblem(null);
    try {
      await act(key);
      onClose();
    } catch (error) {
      const found = problemOf(error);
      setProblem(found);
      setBusy(false);
      if (isRefused(found)) setKey(newIdempotencyKey());
    }
  };

  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        {children}
        {problem === null ? null : tellProblem(problem)}
        <div class="dialog-buttons">
          {missing === null ? null : <span class="muted">{missing}</span>}
          <button type="button" class="button" onClick={onClose}>
            Back
          </button>
          <button
            type="submit"
            class={isDangerous ? 'button button-danger' : 'button button-primary'}
            disabled={isBusy || missing !== null}
          >
            {isBusy ? 'Working…' : confirm}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string;
  readonly isFirst?: boolean;
  readonly maxLength?: number;
  readonly inputMode?: 'decimal' | 'numeric' | 'text';
}

export function Field({ label, value, onInput, hint, isFirst, maxLength = 200, inputMode }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        value={value}
        maxLength={maxLength}
        autocomplete="off"
        autofocus={isFirst ?? false}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        {...(inputMode === undefined ? {} : { inputMode })}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {hint === undefined ? null : (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
}
