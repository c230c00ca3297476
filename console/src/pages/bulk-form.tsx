/** Asks for the same action upon many orders, after it was seen what that would mean. */
import { useState } from 'preact/hooks';
import type { Bulk, BulkActionName, PlannedBulk } from '../api/bulk.ts';
import type { MailTemplate } from '../api/operations.ts';
import { ActionDialog, Field } from '../components/dialog.tsx';
import { Loaded } from '../components/feedback.tsx';
import { Choice } from '../components/filter.tsx';
import { words } from '../format/words.ts';
import { linkTo, type Route } from '../state/route.ts';
import { useApprovals } from '../state/approvals.tsx';
import { useSession } from '../state/session.tsx';
import { useResource } from '../state/use-resource.ts';
import { goTo } from '../state/use-route.ts';
import { BulkConditions } from './bulk-conditions.tsx';
import { BulkPlan } from './bulk-plan.tsx';
import { bulkBody, missingOf, selectionOf } from './bulk-selection.ts';
import { BULK_ACTIONS, BULK_TITLES, bulkTitle } from './bulk-words.ts';

/** The service wants one with every bulk, and keeps none of a preview. */
const NO_REASON_YET = 'preview';
/** Those that say the same to every customer. */
const MAILS: readonly MailTemplate[] = ['confirmed', 'rejected', 'shipped', 'cancelled'];

export function BulkForm({ route }: { readonly route: Route }) {
  const { client } = useSession();
  const [action, setAction] = useState<BulkActionName | ''>('');
  const [template, setTemplate] = useState<MailTemplate>('confirmed');
  const [asked, setAsked] = useState<string | null>(null);
  const [isStarting, setStarting] = useState(false);
  const missing = missingOf(route.query, action);
  const wanted =
    missing === null && action !== ''
      ? JSON.stringify(bulkBody(selectionOf(route.query), action, template))
      : null;
  const preview = useResource(asked, (signal) =>
    client.post<PlannedBulk>('/v1/ops/bulk?dryRun=true', withReason(asked, NO_REASON_YET), undefined, signal),
  );
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (wanted === null) return;
    if (wanted === asked) preview.reload();
    else setAsked(wanted);
  };
  // What was shown before something was changed is not what would happen.
  const isShown = asked !== null && asked === wanted;
  return (
    <>
      <p class="crumbs">
        <a href={linkTo('bulk')}>Bulk</a>
      </p>
      <div class="page-head">
        <h1>Act upon many orders</h1>
      </div>
      <form class="panel bulk-form" onSubmit={submit}>
        <h2>Which orders</h2>
        <BulkConditions query={route.query} />
        <h2>What is done to each</h2>
        <div class="filters">
          <Choice
            label="Action"
            value={action}
            options={[['', 'Choose…'], ...BULK_ACTIONS.map((name) => [name, BULK_TITLES[name]] as const)]}
            onChoose={setAction}
          />
          {action === 'resend_notification' ? (
            <Choice
              label="Mail"
              value={template}
              options={MAILS.map((mail) => [mail, `Your order is ${words(mail)}`] as const)}
              onChoose={setTemplate}
            />
          ) : null}
          <button type="submit" class="button button-primary" disabled={wanted === null}>
            Preview
          </button>
          {missing === null ? null : <span class="muted">{missing}</span>}
        </div>
      </form>
      {isShown ? (
        <Loaded what="what it would mean" resource={preview}>
          {(plan) =>
            action === '' ? null : (
              <>
                <BulkPlan plan={plan} action={action} onStart={() => setStarting(true)} />
                {isStarting ? (
                  <StartDialog plan={plan} action={action} body={asked} onClose={() => setStarting(false)} />
                ) : null}
              </>
            )
          }
        </Loaded>
      ) : null}
    </>
  );
}

function withReason(body: string | null, reason: string): Readonly<Record<string, unknown>> {
  return { ...(JSON.parse(body ?? '{}') as object), reason };
}

interface StartDialogProps {
  readonly plan: PlannedBulk;
  readonly action: BulkActionName;
  readonly body: string;
  readonly onClose: () => void;
}

function StartDialog({ plan, action, body, onClose }: StartDialogProps) {
  const { client } = useSession();
  const approvals = useApprovals();
  const [reason, setReason] = useState('');
  const { needsSecondPerson, orders, possible, perSecond } = plan;
  return (
    <ActionDialog
      title={`${bulkTitle(action, orders)}?`}
      confirm={needsSecondPerson ? 'Ask a second person' : bulkTitle(action, orders)}
      isDangerous={action === 'cancel' || action === 'refund'}
      missing={reason.trim() === '' ? 'Say why.' : null}
      onClose={onClose}
      act={async (key) => {
        const request = { ...withReason(body, reason.trim()), expectedSet: plan.set };
        const bulk = await client.post<Bulk>('/v1/ops/bulk', request, key);
        approvals.refresh();
        goTo(linkTo('bulk', bulk.id));
      }}
    >
      <p>
        It is these orders and no others: when more are like this meanwhile, it does not begin. It is possible
        for {possible.toLocaleString('en-GB')} of them now, and takes {perSecond} a second. It can be paused
        and stopped; what was done by then stays done.
      </p>
      {needsSecondPerson ? (
        <p class="note">It is above the limit of one person: it begins when somebody else agrees.</p>
      ) : null}
      <Field
        label="Reason"
        hint="Kept for ever with each action: no names, addresses or card numbers."
        value={reason}
        onInput={setReason}
        isFirst
      />
    </ActionDialog>
  );
}
