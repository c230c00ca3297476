import { useState } from 'preact/hooks';
import type { DeadLetter, DeadLetterSource, Page } from '../api/types.ts';
import { ActionDialog, Field } from '../components/dialog.tsx';
import { Empty, Loaded } from '../components/feedback.tsx';
import { Choice } from '../components/filter.tsx';
import { More, Table, type Column } from '../components/table.tsx';
import { Ago, OrderLink } from '../components/values.tsx';
import { useNotice } from '../state/notices.tsx';
import { useSession } from '../state/session.tsx';
import { usePagedList } from '../state/use-resource.ts';

const SOURCES: readonly (readonly [DeadLetterSource, string])[] = [
  ['inbox', 'Webhooks of providers'],
  ['events', 'Events of the read model'],
];

/** One of them, or all that there are. */
type Redriving = DeadLetter | 'all';

interface Redriven {
  readonly redriven: number;
  readonly remaining: number;
}

interface Discarded {
  readonly discarded: number;
  readonly remaining: number;
}

export function DeadLettersPage() {
  const { client, may } = useSession();
  const [source, setSource] = useState<DeadLetterSource>('inbox');
  const [redriving, setRedriving] = useState<Redriving | null>(null);
  const [discarding, setDiscarding] = useState<DeadLetter | null>(null);
  const list = usePagedList<DeadLetter>(`dead letters ${source}`, (cursor, signal) =>
    client.get<Page<DeadLetter>>('/v1/ops/dead-letters', { source, cursor }, signal),
  );
  const close = (): void => {
    setRedriving(null);
    setDiscarding(null);
    list.reload();
  };
  const mayRedrive = may('messages:repair');
  return (
    <>
      <div class="page-head">
        <h1>Dead letters</h1>
        <div class="filters">
          <Choice label="Of" value={source} options={SOURCES} onChoose={setSource} />
          <button type="button" class="button" onClick={list.reload}>
            Reload
          </button>
          {mayRedrive && (list.value?.length ?? 0) > 0 ? (
            <button type="button" class="button" onClick={() => setRedriving('all')}>
              Redrive all
            </button>
          ) : null}
        </div>
      </div>
      <Loaded what="messages that were put aside" resource={list}>
        {(letters) =>
          letters.length === 0 ? (
            <Empty title="No message was put aside">Every message has found its way.</Empty>
          ) : (
            <>
              <Table
                caption="Messages that were put aside, the oldest first"
                columns={columnsOf(
                  mayRedrive ? setRedriving : null,
                  mayRedrive && source === 'inbox' ? setDiscarding : null,
                )}
                rows={letters}
                keyOf={({ id }) => id}
              />
              <More list={list} />
            </>
          )
        }
      </Loaded>
      {redriving === null ? null : <RedriveDialog source={source} redriving={redriving} onClose={close} />}
      {discarding === null ? null : <DiscardDialog letter={discarding} onClose={close} />}
    </>
  );
}

function columnsOf(
  onRedrive: ((letter: DeadLetter) => void) | null,
  onDiscard: ((letter: DeadLetter) => void) | null,
): readonly Column<DeadLetter>[] {
  return [
    { title: 'Order', cell: ({ orderId }) => <OrderLink orderId={orderId} isRow /> },
    {
      title: 'Message',
      cell: ({ type, error }) => (
        <>
          <strong>{type ?? 'unreadable'}</strong>
          <span class="explain">{error ?? 'no reason is known'}</span>
        </>
      ),
    },
    { title: 'Tries', kind: 'wide number', cell: ({ attempts }) => attempts ?? '–' },
    { title: 'Since', cell: ({ since }) => <Ago instant={since} /> },
    ...(onRedrive === null
      ? []
      : [
          {
            title: '',
            cell: (letter: DeadLetter) => (
              <span class="row-actions">
                <button type="button" class="button" onClick={() => onRedrive(letter)}>
                  Redrive
                </button>
                {onDiscard === null ? null : (
                  <button type="button" class="button" onClick={() => onDiscard(letter)}>
                    Give up
                  </button>
                )}
              </span>
            ),
          },
        ]),
  ];
}

interface RedriveDialogProps {
  readonly source: DeadLetterSource;
  readonly redriving: Redriving;
  readonly onClose: () => void;
}

function RedriveDialog({ source, redriving, onClose }: RedriveDialogProps) {
  const { client } = useSession();
  const notice = useNotice();
  return (
    <ActionDialog
      title={redriving === 'all' ? 'Redrive all of them?' : 'Redrive this message?'}
      confirm="Redrive"
      onClose={onClose}
      act={async (key) => {
        const which = redriving === 'all' ? { all: true } : { ids: [redriving.id] };
        const { redriven, remaining } = await client.post<Redriven>(
          '/v1/ops/dead-letters/redrive',
          { source, ...which },
          key,
        );
        notice(`${redriven} on the way again, ${remaining} still put aside.`);
      }}
    >
      <p>
        {redriving === 'all'
          ? 'Up to a hundred are delivered again now; repeat it until none remains.'
          : 'It is delivered again, from its first try on.'}{' '}
        What its receiver has had already, it drops. What was wrong should be mended first, or it comes back
        here.
      </p>
    </ActionDialog>
  );
}

interface DiscardDialogProps {
  readonly letter: DeadLetter;
  readonly onClose: () => void;
}

function DiscardDialog({ letter, onClose }: DiscardDialogProps) {
  const { client } = useSession();
  const notice = useNotice();
  const [reason, setReason] = useState('');
  return (
    <ActionDialog
      title="Give this message up?"
      confirm="Give up"
      isDangerous
      missing={reason.trim() === '' ? 'Say why.' : null}
      onClose={onClose}
      act={async (key) => {
        const { discarded, remaining } = await client.post<Discarded>(
          '/v1/ops/dead-letters/discard',
          { ids: [letter.id], reason: reason.trim() },
          key,
        );
        notice(`${discarded} given up, ${remaining} still put aside.`);
      }}
    >
      <p>
        It is never delivered, and what it tells is not known here unless it is told in another way. It is
        kept with who gave it up, and why.
      </p>
      <Field
        label="Reason"
        hint="Kept with the message: no names, addresses or card numbers."
        value={reason}
        onInput={setReason}
        isFirst
      />
    </ActionDialog>
  );
}
