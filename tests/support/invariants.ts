/**
 * What must hold in the database at every instant, whatever happened before. For tests: run it after every fault. The
 * checks are the auditor's (src/auditor).
 */
import { audit } from '../../src/auditor/audit.ts';
import { violationLine } from '../../src/auditor/report.ts';

/**
 * @param databaseUrl read, never changed
 * @returns one line for each violation, empty when all is well
 */
export async function checkInvariants(databaseUrl: string): Promise<string[]> {
  const { violations } = await audit({
    databaseUrl,
    payments: null,
    carrier: null,
    temporal: null,
    // A moment in the middle of everything: what is under way is left to the audit of a whole service.
    looks: 0,
  });
  return violations.map(violationLine);
}
