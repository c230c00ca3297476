import { useEffect, useState } from 'preact/hooks';
import { problemOf, toProblem, type Problem } from '../api/problem.ts';
import type { Now, NowPoint, StepPace } from '../api/types.ts';
import { Chart, type Series } from '../components/chart.tsx';
import { Loading, ProblemNote } from '../components/feedback.tsx';
import { Table, type Column } from '../components/table.tsx';
import { durationText } from '../format/time.ts';
import { countText, words } from '../format/words.ts';
import { linkTo } from '../state/route.ts';
import { useSession } from '../state/session.tsx';

const SHOWN_POINTS = 300;
/** The rate that is shown is the mean of so many seconds. */
const RATE_SECONDS = 10;
const RECONNECT_MS = 3_000;

interface Watched {
  readonly now: Now;
  readonly points: readonly NowPoint[];
}

export function NowPage() {
  const { watched, problem } = useNowStream();
  return (
    <>
      <div class="page-head">
        <h1>Now</h1>
        <p class={problem === null ? 'live' : 'live is-lost'} role="status">
          {problem !== null ? 'Connecting again…' : watched === null ? 'Connecting…' : 'Live'}
        </p>
      </div>
      {problem === null ? null : <ProblemNote problem={problem} />}
      {watched === null ? (
        problem === null ? (
          <Loading what="the present" />
        ) : null
      ) : (
        <Present watched={watched} />
      )}
    </>
  );
}

/** Follows the stream, and connects again a moment after it was lost. */
function useNowStream(): { readonly watched: Watched | null; readonly problem: Problem | null } {
  const { client } = useSession();
  const [watched, setWatched] = useState<Watched | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const follow = async (): Promise<void> => {
      try {
        let isFirst = true;
        for await (const { event, data } of client.stream('/v1/ops/now/stream', abort.signal)) {
          if (event === 'unavailable')
            setProblem(toProblem(503, null, { code: 'UNAVAILABLE', ...JSON.parse(data) }));
          if (event !== 'now') continue;
          const now = JSON.parse(data) as Now;
          const startsAnew = isFirst;
          isFirst = false;
          setProblem(null);
          setWatched((before) => ({
            now,
            points: [...(startsAnew || before === null ? [] : before.points), ...now.points].slice(
              -SHOWN_POINTS,
            ),
          }));
        }
      } catch (error) {
        if (abort.signal.aborted) return;
        setProblem(problemOf(error));
      }
      if (!abort.signal.aborted) timer = setTimeout(() => void follow(), RECONNECT_MS);
    };
    void follow();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [client]);
  return { watched, problem };
}

const RATE: readonly Series[] = [{ title: 'Orders placed a second', colour: '--chart-1' }];
const LATENCY: readonly Series[] = [
  { title: 'Median, ms', colour: '--chart-2' },
  { title: '95 of 100, ms', colour: '--chart-3' },
];

function Present({ watched: { now, points } }: { readonly watched: Watched }) {
  const lately = points.slice(-RATE_SECONDS);
  const rate = lately.reduce((sum, { orders }) => sum + orders, 0) / Math.max(1, lately.length);
  const { attention, outbox, readModel, latency, inFlight, workers } = now;
  const times = points.map(({ at }) => Date.parse(at) / 1000);
  return (
    <>
      <ul class="figures">
        <Figure name="Orders a second" value={rate.toFixed(1)} note={`mean of ${RATE_SECONDS} s`} />
        <Figure
          name="Need a person"
          value={countText(attention)}
          tone={attention > 0 ? 'warn' : 'good'}
          link={linkTo('attention')}
        />
        <Figure
          name="Events that wait"
          value={countText(outbox.waiting)}
          note={
            outbox.oldestAgeMs === null ? 'all are published' : `oldest ${durationText(outbox.oldestAgeMs)}`
          }
        />
        <ReadModelFigure readModel={readModel} />
        <Figure name="Median answer" value={msText(latency.p50Ms)} note="this API process" />
        <Figure
          name="95 of 100 answers"
          value={msText(latency.p95Ms)}
          note={`of ${latency.requests} in 10 s`}
        />
        <WorkerFigures workers={workers} />
      </ul>
      <div class="charts">
        <section class="panel" aria-labelledby="chart-rate">
          <h2 id="chart-rate">Orders placed a second</h2>
          <Chart times={times} series={RATE} values={[points.map(({ orders }) => orders)]} />
        </section>
        <section class="panel" aria-labelledby="chart-latency">
          <h2 id="chart-latency">How long answers take, ms</h2>
          <Chart
            times={times}
            series={LATENCY}
            values={[points.map(({ p50Ms }) => p50Ms), points.map(({ p95Ms }) => p95Ms)]}
          />
        </section>
      </div>
      <div class="charts">
        <InFlight inFlight={inFlight} />
        <Steps steps={now.steps} />
      </div>
    </>
  );
}

function msText(ms: number | null): string {
  return ms === null ? '–' : durationText(ms);
}

function WorkerFigures({ workers }: { readonly workers: Now['workers'] }) {
  if (workers === null) return <Figure name="Order workers" value="–" note="Temporal does not say" />;
  const { processes, waiting, oldestAgeMs, perSecond } = workers;
  return (
    <>
      <Figure
        name="Order workers"
        value={String(processes)}
        note={`${perSecond} tasks a second`}
        {...(processes === 0 ? { tone: 'warn' as const } : {})}
      />
      <Figure
        name="Tasks that wait"
        value={waiting.toLocaleString('en-GB')}
        note={oldestAgeMs === null ? 'none waits' : `oldest ${durationText(oldestAgeMs)}`}
      />
    </>
  );
}

function ReadModelFigure({ readModel: { behind, oldestAgeMs } }: Pick<Now, 'readModel'>) {
  return (
    <Figure
      name="Read model behind"
      value={countText(behind)}
      note={oldestAgeMs === null ? 'of the newest 100 orders' : `oldest ${durationText(oldestAgeMs)}`}
      link={linkTo('jobs')}
      {...(behind > 0 ? { tone: 'warn' as const } : {})}
    />
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly note?: string;
  readonly tone?: 'good' | 'warn';
  readonly link?: string;
}

function Figure({ name, value, note, tone, link }: FigureProps) {
  return (
    <li class={`figure ${tone === undefined ? '' : `figure-${tone}`}`}>
      <span class="figure-name">{link === undefined ? name : <a href={link}>{name}</a>}</span>
      <span class="figure-value">{value}</span>
      {note === undefined ? null : <span class="muted">{note}</span>}
    </li>
  );
}

function InFlight({ inFlight }: { readonly inFlight: Now['inFlight'] }) {
  const counts = Object.entries(inFlight);
  const most = Math.max(1, ...counts.map(([, count]) => count));
  return (
    <section class="panel" aria-labelledby="in-flight">
      <h2 id="in-flight">Under way, by status</h2>
      <ul class="bars">
        {counts.map(([status, count]) => (
          <li key={status}>
            <a href={linkTo('orders', undefined, { status })}>{words(status)}</a>
            <meter class="bar-length" min={0} max={most} value={count} aria-hidden="true" />
            <span class="bar-count">{countText(count)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const STEP_WORDS: Readonly<Record<StepPace['step'], string>> = {
  authorize: 'Payment provider: hold',
  capture: 'Payment provider: charge',
  refund: 'Payment provider: refund',
  void: 'Payment provider: let go',
  book: 'Carrier: book',
  cancel_booking: 'Carrier: cancel',
  mail: 'Mail',
};

const STEP_COLUMNS: readonly Column<StepPace>[] = [
  { title: 'Asked of', cell: ({ step }) => STEP_WORDS[step] },
  { title: 'Answered', kind: 'wide number', cell: ({ answered }) => answered },
  { title: 'Median', kind: 'number', cell: ({ p50Ms }) => msText(p50Ms) },
  { title: '95 of 100', kind: 'number', cell: ({ p95Ms }) => msText(p95Ms) },
  {
    title: 'No answer',
    kind: 'number',
    cell: ({ waiting, oldestAgeMs }) =>
      oldestAgeMs === null ? waiting : `${waiting}, oldest ${durationText(oldestAgeMs)}`,
  },
];

/** How the others do that an order needs. */
function Steps({ steps }: { readonly steps: readonly StepPace[] }) {
  return (
    <section class="panel" aria-labelledby="steps">
      <h2 id="steps">Other companies, by the newest 200 orders</h2>
      {steps.length === 0 ? (
        <p class="muted">No order has asked anything of them.</p>
      ) : (
        <Table caption="Steps" columns={STEP_COLUMNS} rows={steps} keyOf={({ step }) => step} />
      )}
    </section>
  );
}
