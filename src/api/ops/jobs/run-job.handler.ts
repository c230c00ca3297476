import { ScheduleOverlapPolicy } from '@temporalio/client';
import { z } from 'zod';
import { CatalogueError } from '../../../domain/errors.ts';
import type { MaintenanceJob } from '../../../workflows/maintenance/maintenance.contract.ts';
import { defineCommand } from '../../http/endpoint.ts';
import { jobName } from './job.schema.ts';
import { askSchedule } from './read-job.ts';

export const runJobEndpoint = defineCommand({
  method: 'post',
  path: '/v1/ops/jobs/{name}/runs',
  operationId: 'runJob',
  tag: 'Operations',
  summary: 'Run a job now',
  description: 'When it runs already, it runs once more after that.',
  permission: 'jobs:run',
  params: z.strictObject({ name: jobName }),
  answers: {
    202: {
      description: 'It will run; GET /v1/ops/jobs tells how it ended',
      schema: z.strictObject({ name: jobName }).meta({ id: 'JobRequest' }),
    },
  },
  errors: ['NOT_FOUND'],
  handle: async ({ params }, dependencies) => {
    const name = params.name as MaintenanceJob;
    const asked = await askSchedule(name, dependencies, async (handle) => {
      await handle.trigger(ScheduleOverlapPolicy.BUFFER_ONE);
      return true;
    });
    if (asked === null)
      throw new CatalogueError('NOT_FOUND', 'No maintenance worker has scheduled this job yet.');
    // The same request means the same run, so its answer is the one for every repetition.
    return { httpStatus: 202, body: { name }, keep: true };
  },
});
