/** Workflows that show what a thread does with one that never comes to an end. */
import { sleep } from '@temporalio/workflow';

/** Loops at once when it is told so, and otherwise after it has waited. */
export async function endless(when: 'at once' | 'after a wait'): Promise<void> {
  if (when === 'after a wait') await sleep('10 milliseconds');
  for (;;);
}

/** Comes back from a wait and ends. */
export async function ordinary(): Promise<string> {
  await sleep('10 milliseconds');
  return 'done';
}
