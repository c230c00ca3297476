import { useState } from 'preact/hooks';
import type { ActionName, OperatorAction } from '../api/operations.ts';
import { ActionDialog, Field } from '../components/dialog.tsx';
import { useSession } from '../state/session.tsx';
import { ACTION_FORMS } from './action-forms.ts';
import { missingOf, type ActionContext, type FormValues } from './form-field.ts';
import { FormFields } from './form-fields.tsx';
import { PlanView, Refusal } from './plan-view.tsx';
import { actionPath, useDryRun, type DryRun } from './use-dry-run.ts';

export interface OperateDialogProps {
  readonly context: ActionContext;
  readonly action: ActionName;
  readonly onClose: () => void;
  /** Opens the dialog of another action instead. */
  readonly onChoose: (action: ActionName) => void;
  /** It was taken; it may be done, refused by another company, or wait for somebody. */
  readonly onTaken: (action: OperatorAction) => void;
}

/** Every action on an order: what it needs, what it would do, and the button that does it. */
export function OperateDialog({ context, action, onClose, onChoose, onTaken }: OperateDialogProps) {
  const { client } = useSession();
  const form = ACTION_FORMS[action];
  const [values, setValues] = useState<FormValues>(() => form.initial?.(context) ?? {});
  const [reason, setReason] = useState('');
  const fields = form.fields?.(context, values) ?? [];
  const missing = missingOf(fields, values);
  const body = form.body?.(context, values) ?? {};
  const dryRun = useDryRun(context.order.id, action, missing === null ? body : null);
  const needsSecondPerson = dryRun.plan?.needsSecondPerson === true;
  return (
    <ActionDialog
      title={form.title}
      confirm={needsSecondPerson ? 'Ask a second person' : form.confirm(dryRun.plan)}
      isDangerous={form.isDangerous ?? false}
      missing={missing ?? whyNot(dryRun) ?? (reason.trim() === '' ? 'Say why.' : null)}
      onClose={onClose}
      act={async (key) => {
        const path = actionPath(context.order.id, action);
        onTaken(await client.post<OperatorAction>(path, { ...body, reason: reason.trim() }, key));
      }}
      tellProblem={(problem) => <Refusal problem={problem} onChoose={onChoose} refused={action} />}
    >
      <FormFields
        fields={fields}
        values={values}
        onChange={(name, value) => setValues((before) => ({ ...before, [name]: value }))}
      />
      <Field
        label="Reason"
        hint="Kept for ever with the action: no names, addresses or card numbers."
        value={reason}
        onInput={setReason}
        isFirst={fields.length === 0}
      />
      <section class="plan" aria-label="What would happen" aria-busy={dryRun.isAsking} aria-live="polite">
        <h3>What would happen</h3>
        {dryRun.plan !== null ? (
          <PlanView plan={dryRun.plan} />
        ) : dryRun.problem !== null ? (
          <Refusal problem={dryRun.problem} onChoose={onChoose} refused={action} />
        ) : (
          <p class="muted">
            {dryRun.isAsking ? 'Asking the service…' : 'Said here once the form is complete.'}
          </p>
        )}
      </section>
    </ActionDialog>
  );
}

/** Nothing is done that was not shown before. */
function whyNot({ plan, problem }: DryRun): string | null {
  if (problem !== null) return 'Not possible as it stands.';
  return plan === null ? 'See first what would happen.' : null;
}
