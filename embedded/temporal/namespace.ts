/** The namespace of a Temporal server that was just started. */
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { msToTs } from '@temporalio/common/lib/time.js';

import { ORDER_SEARCH_ATTRIBUTES } from '../../src/domain/operations/search-attributes.ts';
import { waitFor } from '../wait-for.ts';

/** Of gRPC. */
const ALREADY_EXISTS = 6;
const CONNECT_TIMEOUT_MS = 10_000;
const REGISTRATION_TIMEOUT_MS = 60_000;

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

/** Lets orders be searched by their state; those that are known already stay. Resolves when the server takes them. */
export async function registerSearchAttributes(
  address: string,
  namespace: string,
  signal: AbortSignal,
): Promise<void> {
  await connected(address, CONNECT_TIMEOUT_MS, async ({ operatorService, workflowService }) => {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    const missing = Object.entries(ORDER_SEARCH_ATTRIBUTES).filter(([name]) => !(name in customAttributes));
    if (missing.length === 0) return;
    await operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(
        missing.map(([name, type]) => [name, encodeSearchAttributeIndexedValueType(type) ?? 0]),
      ),
    });
    // The parts of the server learn of them some seconds later.
    const query = missing.map(([name]) => `${name} IS NOT NULL`).join(' AND ');
    await waitFor(
      async () => {
        await workflowService.countWorkflowExecutions({ namespace, query });
        return true;
      },
      { timeoutMs: REGISTRATION_TIMEOUT_MS, what: 'the server to know what orders are searched by', signal },
    );
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
