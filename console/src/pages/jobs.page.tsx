import { useState } from 'preact/hooks';
import type { Job } from '../api/types.ts';
import { ActionDialog } from '../components/dialog.tsx';
import { Empty, Loaded } from '../components/feedback.tsx';
import { Table, type Column } from '../components/table.tsx';
import { Ago, Status } from '../components/values.tsx';
import { durationText } from '../format/time.ts';
import { words } from '../format/words.ts';
import { useNotice } from '../state/notices.tsx';
import { useSession } from '../state/session.tsx';
import { useResource } from '../state/use-resource.ts';
import { ReadModelPanel } from './read-model-panel.tsx';

export function JobsPage() {
  const { client, may } = useSession();
  const [running, setRunning] = useState<Job | null>(null);
  const jobs = useResource('jobs', (signal) =>
    client.get<{ readonly items: readonly Job[] }>('/v1/ops/jobs', {}, signal),
  );
  const close = (): void => {
    setRunning(null);
    jobs.reload();
  };
  return (
    <>
      <div class="page-head">
        <h1>Jobs</h1>
        <button type="button" class="button" onClick={jobs.reload}>
          Reload
        </button>
      </div>
      <Loaded what="jobs" resource={jobs}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No job is scheduled">A maintenance worker schedules them when it starts.</Empty>
          ) : (
            <Table
              caption="Jobs that look after all orders"
              columns={columnsOf(may('jobs:run') ? setRunning : null)}
              rows={items}
              keyOf={({ name }) => name}
            />
          )
        }
      </Loaded>
      {may('messages:repair') ? <ReadModelPanel /> : null}
      {running === null ? null : <RunJobDialog job={running} onClose={close} />}
    </>
  );
}

function columnsOf(onRun: ((job: Job) => void) | null): readonly Column<Job>[] {
  return [
    {
      title: 'Job',
      cell: ({ name, isPaused }) => (
        <>
          <strong>{name}</strong>
          {isPaused ? <span class="flag">paused</span> : null}
        </>
      ),
    },
    {
      title: 'Last run',
      cell: ({ lastRun }) =>
        lastRun === null ? (
          <span class="muted">not yet</span>
        ) : (
          <>
            <Ago instant={lastRun.startedAt} /> <Status status={lastRun.status} />
          </>
        ),
    },
    {
      title: 'Found',
      kind: 'wide',
      cell: ({ lastRun }) => <span class="muted">{resultText(lastRun?.result)}</span>,
    },
    { title: 'Every', kind: 'wide', cell: ({ intervalMs }) => durationText(intervalMs) },
    {
      title: 'Next',
      kind: 'wide',
      cell: ({ nextRunAt }) => (nextRunAt === null ? '–' : <Ago instant={nextRunAt} />),
    },
    ...(onRun === null
      ? []
      : [
          {
            title: '',
            cell: (job: Job) => (
              <button
                type="button"
                class="button"
                data-row=""
                onClick={() => onRun(job)}
                aria-label={`Run ${job.name} now`}
              >
                Run now
              </button>
            ),
          },
        ]),
  ];
}

function resultText(result: Readonly<Record<string, number>> | null | undefined): string {
  if (result === null || result === undefined) return '–';
  const counted = Object.entries(result).filter(([, count]) => count !== 0);
  return counted.length === 0
    ? 'nothing to do'
    : counted.map(([what, count]) => `${count} ${nameText(what)}`).join(', ');
}

/** `idempotencyAnswers` → `idempotency answers`. */
function nameText(name: string): string {
  return words(name).replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function RunJobDialog({ job, onClose }: { readonly job: Job; readonly onClose: () => void }) {
  const { client } = useSession();
  const notice = useNotice();
  return (
    <ActionDialog
      title={`Run ${job.name} now?`}
      confirm="Run now"
      onClose={onClose}
      act={async (key) => {
        await client.post(`/v1/ops/jobs/${encodeURIComponent(job.name)}/runs`, undefined, key);
        notice(`${job.name} will run. Reload to see how it ended.`);
      }}
    >
      <p>It runs beside its schedule. When it runs already, it runs once more after that.</p>
    </ActionDialog>
  );
}
