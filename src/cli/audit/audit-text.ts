import type { AuditReport, Violation } from '../../auditor/report.ts';

/** What a person reads of an audit. */
export function auditText({ startedAt, finishedAt, checks, violations }: AuditReport): string {
  const invariants = new Set(checks.map(({ invariant }) => invariant)).size;
  const seconds = ((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000).toFixed(1);
  const made = `${checks.length} checks of ${invariants} invariants in ${seconds} s`;
  if (violations.length === 0) return `${made}: no violation.`;
  return [...violations.map(violationText), `${made}: ${violations.length} violations.`].join('\n\n');
}

function violationText({ invariant, check, ids, message, sql }: Violation): string {
  const about = Object.entries(ids).map(([name, value]) => `${name} ${value}`);
  return [
    `${invariant} ${check}`,
    `  ${about.join(', ')}`,
    `  ${message}`,
    `  ${sql.replaceAll(/\s*\n\s*/g, ' ')};`,
  ].join('\n');
}
