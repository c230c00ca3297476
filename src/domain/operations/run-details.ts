/** What the workflow of an order says of itself in Temporal's pages, in Markdown. */
import { readTime } from './readable.ts';

/** A step that was announced. Times are milliseconds since 1970, of the workflow. */
export interface AnnouncedStep {
  readonly name: string;
  readonly atMs: number;
  /** When it goes on by itself, or a person is told. */
  readonly untilMs: number | null;
}

export interface RunDetails {
  readonly status: string;
  /** The newest last. */
  readonly steps: readonly AnnouncedStep[];
  readonly attentionCode: string | null;
}

/** Steps that are shown; a step that is taken up again and again does not push the page away. */
export const MOST_STEPS_SHOWN = 20;

/** The present step first, then what came before it. */
export function runDetails({ status, steps, attentionCode }: RunDetails): string {
  const present = steps.at(-1);
  if (present === undefined) return '';
  const now = new Date(present.atMs).toISOString();
  const time = (atMs: number): string => readTime(new Date(atMs).toISOString(), now);
  const until = present.untilMs === null ? '' : `, until ${time(present.untilMs)} UTC`;
  const lines = [`**${present.name}** since ${time(present.atMs)} UTC${until}. The order is \`${status}\`.`];
  if (attentionCode !== null) lines.push(`It needs a person: \`${attentionCode}\`.`);
  const before = steps.slice(0, -1).slice(-(MOST_STEPS_SHOWN - 1));
  if (before.length > 0)
    lines.push(
      ['What came before:', '', ...before.map(({ name, atMs }) => `- ${time(atMs)} ${name}`)].join('\n'),
    );
  return lines.join('\n\n');
}
