import { describe, expect, test } from '@jest/globals';
import { ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { classifyTemporalFailure } from './temporal-errors.ts';

/** As the gRPC library makes it. */
function grpcError(code: number, message: string): Error {
  return Object.assign(new Error(message), { code, details: message, metadata: {} });
}

const NOT_READY = 'Unable to perform workflow execution update due to Workflow Task in failed state.';

describe('a failed call to Temporal', () => {
  test.each([
    ['deadline', grpcError(4, 'Deadline exceeded')],
    ['away', grpcError(14, 'No connection established')],
    ['wrapped by the client', new ServiceError('Update failed', { cause: grpcError(14, 'away') })],
    ['a workflow whose worker was killed again and again', grpcError(9, NOT_READY)],
    ['the same, wrapped', new ServiceError('Update failed', { cause: grpcError(9, `9: ${NOT_READY}`) })],
  ])('may have been taken: %s', (_, error) => {
    expect(classifyTemporalFailure(error)).toBe('no_answer');
  });

  test('finds no run that could answer', () => {
    expect(classifyTemporalFailure(new WorkflowNotFoundError('none', 'ord_1', undefined))).toBe('closed');
  });

  test.each([
    ['another precondition', grpcError(9, 'Namespace is not active')],
    ['a wrong argument', grpcError(3, 'invalid')],
    ['no error of gRPC', new Error(NOT_READY)],
  ])('is a mistake of ours or of the configuration: %s', (_, error) => {
    expect(classifyTemporalFailure(error)).toBeNull();
  });
});
