import { useState } from 'preact/hooks';
import type { Break, BreakState, OperationRecord } from '../api/types.ts';
import { ActionDialog, Field } from '../components/dialog.tsx';
import { Empty, Loaded } from '../components/feedback.tsx';
import { Choice } from '../components/filter.tsx';
import { More, Table, type Column } from '../components/table.tsx';
import { Ago, OrderLink, Status } from '../components/values.tsx';
import { moneyText } from '../format/money.ts';
import { words } from '../format/words.ts';
import { useNotice } from '../state/notices.tsx';
import { useSession } from '../state/session.tsx';
import { usePagedList } from '../state/use-resource.ts';

const STATES: readonly BreakState[] = ['open', 'explained', 'settled'];

type Closing = { readonly found: Break; readonly how: 'explain' | 'settle' };

export function ReconciliationPage() {
  const { client, may } = useSession();
  const [state, setState] = useState<BreakState>('open');
  const [closing, setClosing] = useState<Closing | null>(null);
  const list = usePagedList<Break>(`breaks ${state}`, (cursor, signal) =>
    client.get('/v1/ops/breaks', { state, cursor }, signal),
  );
  const close = (): void => {
    setClosing(null);
    list.reload();
  };
  return (
    <>
      <div class="page-head">
        <h1>Reconciliation</h1>
        <div class="filters">
          <Choice
            label="State"
            value={state}
            options={STATES.map((one) => [one, one] as const)}
            onChoose={setState}
          />
          <button type="button" class="button" onClick={list.reload}>
            Reload
          </button>
        </div>
      </div>
      <Loaded what="differences" resource={list}>
        {(breaks) =>
          breaks.length === 0 ? (
            <Empty title={state === 'open' ? 'No difference is open' : `None is ${state}`}>
              Where a provider's list and the records here differ, it is shown here.
            </Empty>
          ) : (
            <>
              <Table
                caption="Differences with providers, the newest first"
                columns={columnsOf(may('breaks:close') && state !== 'settled' ? setClosing : null)}
                rows={breaks}
                keyOf={({ id }) => id}
              />
              <More list={list} />
            </>
          )
        }
      </Loaded>
      {closing === null ? null : <CloseBreakDialog {...closing} onClose={close} />}
    </>
  );
}

function columnsOf(onClosing: ((closing: Closing) => void) | null): readonly Column<Break>[] {
  return [
    {
      title: 'Order',
      cell: ({ orderId, operationKey }) =>
        orderId === null ? <code>{operationKey}</code> : <OrderLink orderId={orderId} isRow />,
    },
    {
      title: 'Difference',
      cell: ({ provider, kind, note, actor, operationKey }) => (
        <>
          <strong>{words(kind)}</strong> ({provider})
          <span class="explain">
            {note === null ? (
              <code class="key">{operationKey}</code>
            ) : (
              `“${note}”${actor === null ? '' : ` – ${actor}`}`
            )}
          </span>
        </>
      ),
    },
    { title: 'Here', kind: 'wide', cell: ({ ours }) => <Side record={ours} /> },
    { title: 'There', kind: 'wide', cell: ({ theirs }) => <Side record={theirs} /> },
    { title: 'Found', cell: ({ firstSeen }) => <Ago instant={firstSeen} /> },
    ...(onClosing === null
      ? []
      : [
          {
            title: '',
            cell: (found: Break) => (
              <span class="row-actions">
                {found.state === 'open' ? (
                  <button type="button" class="button" onClick={() => onClosing({ found, how: 'explain' })}>
                    Explain
                  </button>
                ) : null}
                <button type="button" class="button" onClick={() => onClosing({ found, how: 'settle' })}>
                  Settle
                </button>
              </span>
            ),
          },
        ]),
  ];
}

function Side({ record }: { readonly record: OperationRecord | null }) {
  if (record === null) return <span class="muted">nothing</span>;
  const { operation, status, amountMinor, currency } = record;
  const money =
    amountMinor === undefined || currency === undefined ? '' : ` ${moneyText({ amountMinor, currency })}`;
  return (
    <>
      {words(operation)}
      {money} <Status status={status} />
    </>
  );
}

function CloseBreakDialog({ found, how, onClose }: Closing & { readonly onClose: () => void }) {
  const { client } = useSession();
  const notice = useNotice();
  const [note, setNote] = useState('');
  const isExplaining = how === 'explain';
  return (
    <ActionDialog
      title={isExplaining ? 'Explain this difference' : 'Settle this difference'}
      confirm={isExplaining ? 'Explain' : 'Settle'}
      missing={note.trim() === '' ? 'Write what you know.' : null}
      onClose={onClose}
      act={async (key) => {
        await client.post(`/v1/ops/breaks/${found.id}/${how}`, { note: note.trim() }, key);
        notice(isExplaining ? 'The difference is explained.' : 'The difference is settled.');
      }}
    >
      <p>
        {isExplaining
          ? 'It stays explained for as long as it is there, and calls nobody any more.'
          : 'It is said to be over. The next comparison that finds it again opens it again.'}
      </p>
      <Field
        label="Note"
        hint="What was found out. No names, addresses or card numbers."
        value={note}
        onInput={setNote}
        maxLength={1_000}
        isFirst
      />
    </ActionDialog>
  );
}
