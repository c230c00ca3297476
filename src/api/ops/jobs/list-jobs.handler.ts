import { z } from 'zod';
import { MAINTENANCE_JOB_NAMES } from '../../../workflows/maintenance/maintenance.contract.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { job } from './job.schema.ts';
import { readJob } from './read-job.ts';

export const listJobsEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/ops/jobs',
  operationId: 'listJobs',
  tag: 'Operations',
  summary: 'List the jobs that look after all orders, with their last and next run',
  description: 'A job is missing here until a maintenance worker has scheduled it.',
  permission: 'jobs:read',
  answers: {
    200: { description: 'All jobs', schema: z.strictObject({ items: z.array(job) }).meta({ id: 'JobList' }) },
  },
  handle: async (_request, dependencies) => {
    const jobs = await Promise.all(MAINTENANCE_JOB_NAMES.map((name) => readJob(name, dependencies)));
    return { httpStatus: 200, body: { items: jobs.filter((found) => found !== null) } };
  },
});
