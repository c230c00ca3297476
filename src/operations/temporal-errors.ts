/** What a failed call to Temporal means. */
import {
  isGrpcServiceError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';

/**
 * `no_answer`: it may or may not have been taken, and may still be under way; asking again is safe.
 * `closed`: no run is there that could answer; what was recorded decides.
 */
export type TemporalFailure = 'no_answer' | 'closed';

/** gRPC status codes after which the same call can succeed: cancelled, unknown, deadline, exhausted, aborted, internal, away. */
const TRANSIENT_GRPC_CODES: ReadonlySet<number> = new Set([1, 2, 4, 8, 10, 13, 14]);

/**
 * gRPC FAILED_PRECONDITION mostly says that something is configured wrongly; but also, in these words alone, that the
 * workflow's last attempts to go on were cut short, because its worker was killed or was too slow. It is taken up again.
 */
const FAILED_PRECONDITION = 9;
const WORKFLOW_NOT_READY = /Workflow Task in failed state/;

/** Null when it is neither, which is a mistake of ours or of the configuration. */
export function classifyTemporalFailure(error: unknown): TemporalFailure | null {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return 'no_answer';
  if (
    error instanceof WorkflowExecutionAlreadyStartedError ||
    error instanceof WorkflowNotFoundError ||
    // The run ended while the update was under way: it was terminated, or it failed.
    error instanceof WorkflowUpdateFailedError
  )
    return 'closed';
  const status = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(status)) return null;
  const isNotReady = status.code === FAILED_PRECONDITION && WORKFLOW_NOT_READY.test(status.message);
  return isNotReady || TRANSIENT_GRPC_CODES.has(status.code) ? 'no_answer' : null;
}
