/**
 * Every way that an order can take through its workflow, and a bulk through its own, each walked once on real parts. The name of
 * a branch is the name of its history.
 */
import { BULKS } from './branches/bulks.ts';
import { CANCELLED, ENDED } from './branches/endings.ts';
import { REFUNDED, REFUND_FAILED } from './branches/refunds.ts';
import { SCREENED } from './branches/screening.ts';
import { CALLING_A_PERSON, HELD_ANEW, MAILS_PUT_OFF, RECOVERED } from './branches/waits.ts';
import type { Branch } from './branches/walks.ts';

export const BRANCHES: Readonly<Record<string, Branch>> = {
  ...ENDED,
  ...CANCELLED,
  ...REFUNDED,
  ...REFUND_FAILED,
  ...HELD_ANEW,
  ...CALLING_A_PERSON,
  ...MAILS_PUT_OFF,
  ...RECOVERED,
  ...SCREENED,
  ...BULKS,
};
