import { Gauge, register, type Registry } from 'prom-client';
import { INVARIANTS, type AuditReport } from '../auditor/report.ts';

/** Tells of the last audit of this process. */
export function createAuditMetrics(registry: Registry = register): (report: AuditReport) => void {
  const registers = [registry];
  const violations = new Gauge({
    name: 'order_saga_audit_violations',
    help: 'Violations that the last audit has found, by invariant.',
    labelNames: ['invariant'],
    registers,
  });
  const finished = new Gauge({
    name: 'order_saga_audit_finished_timestamp_seconds',
    help: 'When the last audit was finished.',
    registers,
  });
  return (report) => {
    for (const invariant of INVARIANTS) {
      const found = report.violations.filter((violation) => violation.invariant === invariant);
      violations.set({ invariant }, found.length);
    }
    finished.set(Date.parse(report.finishedAt) / 1000);
  };
}
