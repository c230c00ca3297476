/** The namespace of a Temporal server that was just started. */
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';

/** Of gRPC. */
const ALREADY_EXISTS = 6;
const CONNECT_TIMEOUT_MS = 10_000;

/** A real call: the port opens before the server can answer, and the namespace is made after that. */
export async function answersFor(address: string, namespace: string): Promise<boolean> {
  return connected(address, 1_000, async ({ workflowService }) => {
    await workflowService.describeNamespace({ namespace });
    return true;
  });
}

/** The server forgets a closed workflow after a day if it is not told otherwise, and people come back after the weekend. */
export async function keepClosedWorkflows(
  address: string,
  namespace: string,
  retentionDays: number,
): Promise<void> {
  await connected(address, CONNECT_TIMEOUT_MS, ({ workflowService }) =>
    workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: msToTs(`${retentionDays} days`) },
    }),
  );
}

/** For a server that makes none by itself; nothing when it is there. */
export async function registerNamespace(
  address: string,
  namespace: string,
  retentionDays: number,
): Promise<void> {
  await connected(address, CONNECT_TIMEOUT_MS, async ({ workflowService }) => {
    try {
      await workflowService.registerNamespace({
        namespace,
        workflowExecutionRetentionPeriod: msToTs(`${retentionDays} days`),
      });
    } catch (error) {
      if (!(isGrpcServiceError(error) && error.code === ALREADY_EXISTS)) throw error;
    }
  });
}

async function connected<Result>(
  address: string,
  connectTimeout: number,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await Connection.connect({ address, connectTimeout });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
