/** Runs races one after another, each in a shop that then is looked at from all sides. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditLab } from '../support/audit-lab.ts';
import { errorText } from '../support/error-text.ts';
import { Seeded } from '../support/seeded.ts';
import { ShopLab } from '../support/shop-lab.ts';
import { KEY_RACES } from './key-races.ts';
import { MESSAGE_RACES } from './message-races.ts';
import { Findings, type Race, type RaceNumbers } from './race.ts';
import { STOCK_RACES } from './stock-races.ts';
import { WEBHOOK_RACES } from './webhook-races.ts';

export const RACES: readonly Race[] = [...STOCK_RACES, ...KEY_RACES, ...WEBHOOK_RACES, ...MESSAGE_RACES];

export interface RaceResult {
  readonly race: Race;
  readonly numbers: RaceNumbers;
  readonly problems: readonly string[];
  readonly tookMs: number;
}

/** How a process of ours tells that it died of a mistake. */
const DEATH = /uncaught error|unhandled rejection|ERR_UNHANDLED|UnhandledPromiseRejection/i;

/** A shop with several of each program that customers and orders meet. */
export function startShop(): Promise<ShopLab> {
  // What one customer may ask for is no matter here, and only what goes wrong is worth a line in the log.
  return ShopLab.start({
    apis: 3,
    orderWorkers: 3,
    variables: { RATE_LIMIT_PER_SECOND: '100000', LOG_LEVEL: 'warn' },
  });
}

/**
 * Runs one race and looks at everything afterwards. Whatever goes wrong is among the problems; it does not throw.
 *
 * @param seed together with the race's name it decides everything that is left to chance
 */
export async function runRace(
  race: Race,
  lab: ShopLab,
  options: { readonly seed: number; readonly scale: number; readonly say: (progress: string) => void },
): Promise<RaceResult> {
  const { seed, scale, say } = options;
  const findings = new Findings();
  const startedMs = performance.now();
  const incidents = lab.incidents.length;
  let numbers: RaceNumbers = {};
  try {
    numbers = await race.run({ lab, random: new Seeded(seed), scale, findings, say });
    say('the auditor looks at everything');
    for (const violation of await auditLab(lab)) findings.add(`auditor: ${violation}`);
  } catch (error) {
    findings.add(errorText(error));
  }
  for (const incident of lab.incidents.slice(incidents)) findings.add(`a program ended: ${incident}`);
  for (const death of deathsIn(lab)) findings.add(death);
  return { race, numbers, problems: findings.problems, tookMs: Math.round(performance.now() - startedMs) };
}

function deathsIn({ directory }: ShopLab): string[] {
  const logs = join(directory, 'logs');
  if (!existsSync(logs)) return [`there are no logs in ${logs}`];
  return globSync('*.log', { cwd: logs }).flatMap((file) =>
    readFileSync(join(logs, file), 'utf8')
      .split('\n')
      .filter((line) => DEATH.test(line))
      .map((line) => `${file}: ${line}`),
  );
}
