/** One runbook for each cause of attention. */
import type { AttentionCode } from '../../orders/attention.ts';
import { ENGINE_RUNBOOKS } from './engine.ts';
import { MONEY_RUNBOOKS } from './money.ts';
import { PARCEL_RUNBOOKS } from './parcels.ts';
import type { Runbook } from './runbook.ts';

export const RUNBOOKS: Readonly<Record<AttentionCode, Runbook>> = {
  ...MONEY_RUNBOOKS,
  ...PARCEL_RUNBOOKS,
  ...ENGINE_RUNBOOKS,
};
