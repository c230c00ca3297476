import { InvalidArgumentError } from 'commander';
import { BUILD_ID, ConfigurationError, readEnvironment } from '../../config/env.ts';
import { RefusedError, WrongUseError, type CliContext } from '../context.ts';
import type { WorkerDeployment, WorkerVersions } from './worker-deployment.ts';

/** What the help of each of these commands ends with. */
export const ENVIRONMENT_NOTE =
  'It asks Temporal itself, at TEMPORAL_ADDRESS (default 127.0.0.1:7233), in TEMPORAL_NAMESPACE (default default), for the\n' +
  'workers of TEMPORAL_TASK_QUEUE (default orders), so it works while no API runs. ORDER_SAGA_URL and the key are not used.';

/**
 * Opens the versions that the environment names, for as long as the work takes. Temporal's client is loaded with the first
 * such command, so that no other one waits for it.
 * @throws WrongUseError, CouldNotCheckError
 */
export async function withDeployment<Result>(
  { environment, signal }: CliContext,
  work: (deployment: WorkerDeployment) => Promise<Result>,
): Promise<Result> {
  const { openWorkerDeployment } = await import('./worker-deployment.ts');
  const deployment = await openWorkerDeployment(readVariables(environment), signal);
  try {
    return await work(deployment);
  } finally {
    await deployment.close();
  }
}

function readVariables(environment: CliContext['environment']) {
  try {
    return readEnvironment('workerVersions', environment);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new WrongUseError(error.message, { cause: error });
  }
}

/** @throws RefusedError when no worker of the version is there to take orders */
export function requireWorkers({ versions }: WorkerVersions, buildId: string): void {
  const version = versions.find((one) => one.buildId === buildId);
  if (version !== undefined && version.workers > 0) return;
  const others = versions.filter(({ workers }) => workers > 0).map((one) => one.buildId);
  throw new RefusedError(
    `No worker of version ${buildId} runs: orders that were sent to it would wait. Start its workers first, with WORKER_BUILD_ID=${buildId}. ` +
      (others.length === 0
        ? 'There are no workers of any version.'
        : `There are workers of ${others.join(', ')}.`),
  );
}

/** Reader of an argument. */
export function buildId(text: string): string {
  if (!BUILD_ID.test(text))
    throw new InvalidArgumentError('It must be what WORKER_BUILD_ID of its workers is, such as 0.1.0.');
  return text;
}
