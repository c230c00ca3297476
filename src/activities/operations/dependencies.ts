import type { BulkActionRepository } from '../../../db/repositories/bulk-actions.repository.ts';
import type { OperatorDeskPort } from '../../adapters/temporal/operator-desk.port.ts';

/** What bulks act with; made by src/workers/compose-maintenance.ts alone. */
export interface BulkDependencies {
  readonly bulkActions: Pick<BulkActionRepository, 'record' | 'findOrder'>;
  readonly desk: OperatorDeskPort;
}
