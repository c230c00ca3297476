import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import type { AuditReport } from '../../auditor/report.ts';
import { ConfigurationError, readEnvironment, type AuditEnvironment } from '../../config/env.ts';
import { defineCommand, type Cli } from '../command.ts';
import { CouldNotCheckError, WrongUseError, type CliContext } from '../context.ts';
import { auditText } from './audit-text.ts';

/** What `npm start` leaves for whoever owns the checkout. */
const AUDITOR_FILE = join('.order-saga', 'auditor.json');

/** `audit` */
export function addAudit(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'audit',
    summary: 'Hold every promise against the records of database, providers and Temporal',
    notes:
      'It reads only, with a login of its own (AUDIT_DATABASE_URL), and asks the providers and Temporal themselves. On the\n' +
      'machine where `npm start` runs it finds everything; elsewhere set the variables that .env.example lists for it.\n' +
      'Exit code 0: no violation, 1: violations, 2: something could not be read, so nothing is known.',
    examples: [
      ['audit', 'every violation with what it is about and the SQL that shows it'],
      ['audit --json', 'the same as one document'],
    ],
  }).action(async (options: { readonly json?: boolean }) => {
    const report = await makeAudit(readAuditEnvironment(cli.context), cli.context);
    const exitCode = report.violations.length === 0 ? 0 : 1;
    cli.deliver({ json: report, text: auditText(report), exitCode }, options);
  });
}

/** Loaded with the first audit, so that no other command waits for it. @throws CouldNotCheckError */
async function makeAudit(environment: AuditEnvironment, { signal }: CliContext): Promise<AuditReport> {
  const { audit } = await import('../../auditor/audit.ts');
  const { auditOptionsOf } = await import('../../auditor/environment.ts');
  try {
    return await audit({ ...auditOptionsOf(environment), signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CouldNotCheckError(`The audit could not be made: ${reason}.`, { cause: error });
  }
}

/** From the environment, or else from what `npm start` has left; never a mixture of two services. @throws WrongUseError */
function readAuditEnvironment({ environment, projectDirectory }: CliContext): AuditEnvironment {
  const isGiven = Boolean(environment['AUDIT_DATABASE_URL']);
  try {
    return readEnvironment('audit', isGiven ? environment : readAuditorFile(projectDirectory));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new WrongUseError(error.message, { cause: error });
  }
}

function readAuditorFile(projectDirectory: string): Record<string, string> {
  const file = join(projectDirectory, AUDITOR_FILE);
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const isAbsent = z.object({ code: z.literal('ENOENT') }).safeParse(error).success;
    throw new WrongUseError(
      isAbsent
        ? 'AUDIT_DATABASE_URL is not set. Set it and the addresses that .env.example lists for the audit, or start the embedded stack with `npm start`, which is found by itself.'
        : `${AUDITOR_FILE} is not what \`npm start\` writes: ${String(error)}`,
      { cause: error },
    );
  }
}
