/**
 * The page that a campaign leaves behind: what was run, where, and what it showed, so that a reader can run it again and compare.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { PROJECT_DIRECTORY } from '../../../embedded/node-program.ts';

export interface ReportTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export interface ReportSection {
  readonly heading: string;
  /** Paragraphs in Markdown. */
  readonly text?: string;
  readonly table?: ReportTable;
}

export interface Report {
  readonly title: string;
  /** What was tried and how it ended, in a few sentences of Markdown. */
  readonly summary: string;
  /** As a person types it, with the seed if there is one, so that it does the same again. */
  readonly command: string;
  readonly seed?: number;
  readonly startedAt: Date;
  readonly sections: readonly ReportSection[];
}

/** @param file from the project's folder, for example `docs/reports/crash-matrix.md`; replaced when it is there */
export async function writeReport(file: string, report: Report): Promise<void> {
  const path = resolve(PROJECT_DIRECTORY, file);
  const text = [
    `# ${report.title}`,
    report.summary,
    markdownTable({ columns: ['', ''], rows: circumstances(report) }),
    ...report.sections.map(section),
  ].join('\n\n');
  mkdirSync(dirname(path), { recursive: true });
  const style = await resolveConfig(path);
  writeFileSync(path, await format(text, { ...style, parser: 'markdown' }));
}

function circumstances({ command, seed, startedAt }: Report): (readonly [string, string])[] {
  const processors = cpus();
  const seconds = Math.round((Date.now() - startedAt.getTime()) / 1000);
  return [
    ['Command', `\`${command}\``],
    ...(seed === undefined ? [] : [['Seed', String(seed)] as const]),
    ['Commit', commit()],
    ['Begun', startedAt.toISOString()],
    ['Took', `${Math.floor(seconds / 60)} min ${seconds % 60} s`],
    ['Processor', `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}`],
    ['Memory', `${(totalmem() / 2 ** 30).toFixed(1)} GiB`],
    ['System', `${platform()} ${release()} ${arch()}, Node ${process.version}`],
  ];
}

/** Which code it was. Files that no build or run reads are no change of it. */
export function commit(): string {
  try {
    const git = (...words: string[]): string =>
      execFileSync('git', words, { cwd: PROJECT_DIRECTORY, encoding: 'utf8', stdio: 'pipe' }).trim();
    const isChanged = git('status', '--porcelain', '--untracked-files=no', '--', ':!docs/reports') !== '';
    return `${git('rev-parse', '--short=12', 'HEAD')}${isChanged ? ', with changes that are not committed' : ''}`;
  } catch {
    return 'not known, this is no checkout';
  }
}

function section({ heading, text, table: numbers }: ReportSection): string {
  return [`## ${heading}`, text, numbers && markdownTable(numbers)].filter(Boolean).join('\n\n');
}

export function markdownTable({ columns, rows }: ReportTable): string {
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}
