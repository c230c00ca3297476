import type { Check } from '../check.ts';
import { ACCESS_CHECKS } from './access.ts';
import { ACTION_CHECKS } from './actions.ts';
import { CARRIER_CHECKS } from './carrier.ts';
import { EVENT_CHECKS } from './events.ts';
import { FRAUD_CHECKS } from './fraud.ts';
import { INVENTORY_CHECKS } from './inventory.ts';
import { LEDGER_CHECKS } from './ledger.ts';
import { ORDER_CHECKS } from './order.ts';
import { PAYMENT_PROVIDER_CHECKS } from './payment-provider.ts';
import { PAYMENT_CHECKS } from './payment.ts';
import { PROMISE_CHECKS } from './promises.ts';
import { STANDING_CHECKS } from './standing.ts';
import { WORKFLOW_CHECKS } from './workflow.ts';

/** Every check, in the order in which they are made. */
export const CHECKS: readonly Check[] = [
  ...INVENTORY_CHECKS,
  ...PAYMENT_CHECKS,
  ...LEDGER_CHECKS,
  ...ORDER_CHECKS,
  ...STANDING_CHECKS,
  ...EVENT_CHECKS,
  ...FRAUD_CHECKS,
  ...PROMISE_CHECKS,
  ...ACCESS_CHECKS,
  ...ACTION_CHECKS,
  ...PAYMENT_PROVIDER_CHECKS,
  ...CARRIER_CHECKS,
  ...WORKFLOW_CHECKS,
];
