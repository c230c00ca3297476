/** What ten times as many orders as can be had do to those who ask, and whether all is well afterwards. */
import { auditLab } from '../../tests/chaos/support/audit-lab.ts';
import { say } from '../../tests/chaos/support/campaign-program.ts';
import { BenchShop, type PlacedAnswer } from '../support/bench-shop.ts';
import { startEngineForRun } from '../support/engine.ts';
import { sustainableRate } from '../support/measure.ts';
import { percentile } from '../support/numbers.ts';
import { openLoop, type OpenLoopAnswer } from '../support/open-loop.ts';
import type { Scenario } from './scenario.ts';

const MAXIMUM_MEASURED_MS = 20_000;
const TIMES = 10;
/** A rate that is easily held, before and after. */
const CALM_PART = 0.3;
const CALM_SECONDS = 45;
const STRETCH_SECONDS = 5;
/** Again as before: answers take no more than this many times as long, and nobody is refused. */
const NORMAL_TIMES = 2;

type Answered = OpenLoopAnswer<PlacedAnswer>;

interface Stretch {
  readonly phase: 'before' | 'burst' | 'after';
  /** Since the phase began. */
  readonly second: number;
  readonly requests: number;
  readonly taken: number;
  readonly shed: number;
  readonly p95TakenMs: number;
  readonly p95ShedMs: number;
}

export const burstScenario: Scenario = {
  name: 'burst',
  question: 'Ten times the sustainable rate for a minute: who is turned away how, and is anything lost?',
  defaults: { rounds: 1, seconds: 60, inFlight: 40 },
  async run({ seconds, inFlight }, { stopAtEnd, stopping }) {
    const { engine } = await startEngineForRun(say, stopAtEnd);
    const shop = await BenchShop.start({ engine });
    stopAtEnd(() => shop.stop());
    const maximum = await sustainableRate(shop.subject('order'), {
      inFlight,
      measuredMs: MAXIMUM_MEASURED_MS,
      temporalAddress: engine.address,
    });
    say(`the sustainable rate is ${maximum.toFixed(1)} orders a second`);
    const answers: Answered[] = [];
    const stretches: Stretch[] = [];
    for (const [phase, perSecond, length] of [
      ['before', maximum * CALM_PART, CALM_SECONDS],
      ['burst', maximum * TIMES, seconds],
      ['after', maximum * CALM_PART, CALM_SECONDS],
    ] as const) {
      say(`${phase}: ${perSecond.toFixed(1)} orders a second for ${length} s`);
      const all = await openLoop({ perSecond, seconds: length, send: () => shop.place(), stopping });
      answers.push(...all);
      stretches.push(...stretchesOf(phase, all, length));
    }
    const taken = answers.flatMap(({ answer }) => (isTaken(answer) ? [answer.orderId] : []));
    say(`${taken.length} orders were taken; waiting until each is charged`);
    await Promise.all(taken.map((orderId) => shop.watch.reached(orderId)));
    const violations = await auditLab(shop.lab);
    const failed = answers.filter(({ answer }) => !isTaken(answer) && !isShed(answer));
    const withoutRetryAfter = answers.filter(
      ({ answer }) => isShed(answer) && answer.headers['retry-after'] === undefined,
    ).length;
    const data = {
      maximum,
      stretches,
      taken: taken.length,
      shed: answers.filter(({ answer }) => isShed(answer)).length,
      otherAnswers: failed.map(({ answer }) => (answer instanceof Error ? answer.message : answer.status)),
      withoutRetryAfter,
      longestMs: Math.max(...answers.map(({ latencyMs }) => latencyMs)),
      normalAfterSeconds: normalAfter(stretches),
      violations,
    };
    say(JSON.stringify({ ...data, stretches: undefined }));
    return {
      data,
      sections: [
        {
          heading: 'Ten times the sustainable rate for a minute',
          text:
            `The sustainable rate was ${maximum.toFixed(1)} orders a second. ${data.taken} orders were taken and every one was ` +
            `charged, ${data.shed} were shed (${withoutRetryAfter} without Retry-After), ${failed.length} got another answer; ` +
            `the longest answer took ${data.longestMs.toFixed(0)} ms. Back to normal ` +
            `${data.normalAfterSeconds === null ? 'was not reached in the time watched' : `within ${data.normalAfterSeconds} s of the end`}. ` +
            `The auditor found ${violations.length === 0 ? 'nothing' : violations.join('; ')}.`,
          table: {
            columns: ['', 'second', 'requests', 'taken', 'shed', 'p95 of taken, ms', 'p95 of shed, ms'],
            rows: stretches.map((stretch) => [
              stretch.phase,
              stretch.second,
              stretch.requests,
              stretch.taken,
              stretch.shed,
              show(stretch.p95TakenMs),
              show(stretch.p95ShedMs),
            ]),
          },
        },
      ],
    };
  },
};

function isTaken(answer: Answered['answer']): answer is PlacedAnswer {
  return !(answer instanceof Error) && (answer.status === 201 || answer.status === 202);
}

function isShed(answer: Answered['answer']): answer is PlacedAnswer {
  return !(answer instanceof Error) && answer.status === 503;
}

function stretchesOf(phase: Stretch['phase'], answers: readonly Answered[], seconds: number): Stretch[] {
  return Array.from({ length: Math.ceil(seconds / STRETCH_SECONDS) }, (_, index) => {
    const beginMs = index * STRETCH_SECONDS * 1000;
    const due = answers.filter(({ dueMs }) => dueMs >= beginMs && dueMs < beginMs + STRETCH_SECONDS * 1000);
    const taken = due.filter(({ answer }) => isTaken(answer));
    const shed = due.filter(({ answer }) => isShed(answer));
    return {
      phase,
      second: index * STRETCH_SECONDS,
      requests: due.length,
      taken: taken.length,
      shed: shed.length,
      p95TakenMs: percentile(
        taken.map(({ latencyMs }) => latencyMs),
        0.95,
      ),
      p95ShedMs: percentile(
        shed.map(({ latencyMs }) => latencyMs),
        0.95,
      ),
    };
  });
}

/** Seconds from the end of the burst to the beginning of what is as it was before, for as long as was watched. */
function normalAfter(stretches: readonly Stretch[]): number | null {
  const calm = stretches.filter(({ phase }) => phase === 'before').slice(1);
  const usualMs = Math.max(...calm.map(({ p95TakenMs }) => p95TakenMs));
  const after = stretches.filter(({ phase }) => phase === 'after');
  const last = after.findLastIndex(
    ({ shed, p95TakenMs }) => shed > 0 || !(p95TakenMs <= NORMAL_TIMES * usualMs),
  );
  return after[last + 1]?.second ?? null;
}

function show(ms: number): string {
  return Number.isNaN(ms) ? '' : ms.toFixed(0);
}
