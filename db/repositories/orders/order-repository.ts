import type { Database } from '../../client.ts';
import type { OrderRepository } from '../orders.repository.ts';
import { createAttentionSteps } from './attention-steps.ts';
import { createAuthorizationSteps } from './authorization-steps.ts';
import { createLifeSteps } from './life-steps.ts';
import { createOperatorSteps } from './operator-steps.ts';
import { createPaymentSteps } from './payment-steps.ts';
import { createPlaceOrder } from './place-order.ts';
import { createRefundClaims } from './refund-claims.ts';
import { createRefundSteps } from './refund-steps.ts';
import { createShipmentSteps } from './shipment-steps.ts';

/** Every change of an order, one statement each. */
export function createOrderRepository(database: Database): OrderRepository {
  return {
    ...createPlaceOrder(database),
    ...createPaymentSteps(database),
    ...createAuthorizationSteps(database),
    ...createShipmentSteps(database),
    ...createRefundClaims(database),
    ...createRefundSteps(database),
    ...createLifeSteps(database),
    ...createAttentionSteps(database),
    ...createOperatorSteps(database),
  };
}
