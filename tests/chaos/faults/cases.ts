/** Every fault that the campaign brings about, in the order of their numbers. */
import { CLOCK_FAULTS } from './clock-faults.ts';
import { DATABASE_FAULTS } from './database-faults.ts';
import { DISK_FAULTS } from './disk-faults.ts';
import type { FaultCase } from './fault-lab.ts';
import { INPUT_FAULTS } from './input-faults.ts';
import { LINK_FAULTS } from './link-faults.ts';
import { LOAD_FAULTS } from './load-faults.ts';
import { PROVIDER_FAULTS } from './provider-faults.ts';
import { QUEUE_FAULTS } from './queue-faults.ts';
import { WEBHOOK_FAULTS } from './webhook-faults.ts';

export const FAULT_CASES: readonly FaultCase[] = [
  ...LINK_FAULTS,
  ...PROVIDER_FAULTS,
  ...WEBHOOK_FAULTS,
  ...CLOCK_FAULTS,
  ...DISK_FAULTS,
  ...DATABASE_FAULTS,
  ...INPUT_FAULTS,
  ...QUEUE_FAULTS,
  ...LOAD_FAULTS,
];
