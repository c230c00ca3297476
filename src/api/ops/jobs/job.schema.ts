import { z } from 'zod';
import { MAINTENANCE_JOB_NAMES } from '../../../workflows/maintenance/maintenance.contract.ts';

export const jobName = z.enum(MAINTENANCE_JOB_NAMES as [string, ...string[]]);

const jobRun = z
  .strictObject({
    startedAt: z.iso.datetime(),
    status: z.string().meta({ description: 'As Temporal says it: `RUNNING`, `COMPLETED`, `FAILED`, …' }),
    result: z
      .record(z.string(), z.number())
      .nullable()
      .meta({ description: 'How many of what; null unless it completed.' }),
  })
  .meta({ id: 'JobRun' });

export const job = z
  .strictObject({
    name: jobName,
    isPaused: z.boolean(),
    intervalMs: z.int(),
    lastRun: jobRun.nullable(),
    nextRunAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Job' });
