import { relative } from 'node:path';
import Table from 'cli-table3';
import { DEMO_CUSTOMER_ID } from './demo-keys.ts';
import { PROJECT_DIRECTORY } from './node-program.ts';
import type { Screen } from './screen.ts';
import type { SupervisedStack } from './supervisor.ts';

/** What a person opens; the rest follows in the order in which it was started. */
const FIRST = ['Console', 'API', 'API reference', 'Temporal Web UI', 'Mails'];
const WITHOUT_LINES_BETWEEN_ROWS = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

/** Where everything is, and the first thing to try. */
export function printWelcome(screen: Screen, stack: SupervisedStack): void {
  const table = new Table({ style: { head: [], border: [] }, chars: WITHOUT_LINES_BETWEEN_ROWS });
  const first = FIRST.filter((name) => name in stack.addresses);
  const others = Object.keys(stack.addresses).filter((name) => !FIRST.includes(name));
  for (const name of [...first, ...others]) table.push([name, stack.addresses[name]]);
  screen.line(`\n${table.toString()}\n`);
  const shown = (path: string): string =>
    path.startsWith(`${PROJECT_DIRECTORY}/`) ? relative(PROJECT_DIRECTORY, path) : path;
  if (stack.demoKeys) {
    screen.line(`API keys (also in ${shown(stack.state.demoKeysFile)}):`);
    for (const [role, key] of Object.entries(stack.demoKeys)) screen.line(`  ${role.padEnd(9)} ${key}`);
    screen.line(`\nPlace an order:\n\n${curlCommand(stack.apiUrl, stack.demoKeys.customer)}\n`);
  }
  screen.line(`Logs: ${shown(stack.state.logs)}/<process>.log, passwords: ${shown(stack.state.secretsFile)}`);
  screen.line('Ctrl+C stops everything; the data stays.');
}

function curlCommand(apiUrl: string, key: string): string {
  const order = {
    customerId: DEMO_CUSTOMER_ID,
    currency: 'GBP',
    lines: [{ sku: '85123A', quantity: 6 }],
    payment: { method: 'card', token: 'tok_visa' },
    shipTo: { name: 'Ada Example', line1: '1 Park Row', city: 'Leeds', postalCode: 'LS1 1UR', country: 'GB' },
    contact: { email: 'ada@example.com' },
  };
  return [
    `curl -sS ${apiUrl}/v1/orders`,
    `-H 'Authorization: Bearer ${key}'`,
    `-H "Idempotency-Key: demo-$(date +%s)"`,
    `-H 'Content-Type: application/json'`,
    `-d '${JSON.stringify(order)}'`,
  ].join(' \\\n  ');
}
