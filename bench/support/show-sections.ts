import type { ReportSection } from '../../tests/chaos/support/report.ts';

/** Sections as a person reads them on a terminal, columns one below the other. */
export function showSections(sections: readonly ReportSection[], stream: NodeJS.WritableStream): void {
  for (const { heading, text, table } of sections) {
    stream.write(`\n${heading}\n`);
    if (text !== undefined) stream.write(`  ${text}\n`);
    if (table === undefined) continue;
    const rows = [table.columns, ...table.rows].map((row) => row.map(String));
    const widths = table.columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    for (const row of rows)
      stream.write(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}\n`);
  }
}
