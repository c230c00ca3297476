/** Random sequences at the records, several side by side in one database, against the model. */
import * as fc from 'fast-check';
import { sql } from 'drizzle-orm';
import { createDatabase } from '../../../db/client.ts';
import { createRepositories } from '../../../db/repositories/index.ts';
import { checkInvariants } from '../../support/invariants.ts';
import { describeFailure, shortenedInTime, type CampaignOptions, type CampaignResult } from './campaign.ts';
import { compareAll, PRICES_MINOR, recordCommands, Session } from './record-commands.ts';
import { LOCATIONS, RecordShop } from './record-shop.ts';
import { ShopModel } from './shop-model.ts';

/** Long enough for the life of several orders, short enough to be read. */
const MOST_COMMANDS = 60;
const DEFAULT_LANES = 8;
/** Scarce, so that orders are split over locations and some are sent away. */
const OPENING_STOCK = 5;

/** @param options.databaseUrl a migrated database without anything in it */
export async function runRecordCampaign(
  options: CampaignOptions & { readonly databaseUrl: string },
): Promise<CampaignResult> {
  const lanes = options.path === undefined ? (options.lanes ?? DEFAULT_LANES) : 1;
  const database = createDatabase({ url: options.databaseUrl, poolSize: lanes });
  let sequences = 0;
  let commands = 0;
  try {
    const repositories = createRepositories(database);
    for (const [index, location] of LOCATIONS.entries())
      await database.query(
        'model.location',
        sql`INSERT INTO locations (id, name, priority) VALUES (${location}, ${location}, ${index + 1})`,
      );
    const lane = async (number: number): Promise<string | null> => {
      const play = fc.asyncProperty(
        fc.commands(recordCommands, { maxCommands: MOST_COMMANDS, size: 'max' }),
        shortenedInTime(
          async (sequence) => {
            sequences += 1;
            const model = new ShopModel();
            const session = await openShop(model, new RecordShop(repositories, `s${number}-${sequences}`));
            await fc.asyncModelRun(() => ({ model, real: session }), sequence);
            await compareAll(model, session);
            commands += [...sequence].length;
            options.onProgress?.(sequences);
          },
          (error) => options.onFailure?.(error),
        ),
      );
      const seed = options.seed + number;
      const result = await fc.check(play, {
        seed,
        numRuns: Math.ceil(options.sequences / lanes),
        ...(options.path === undefined ? {} : { path: options.path, endOnFailure: true }),
      });
      return result.failed ? describeFailure(result, `--level records --seed ${seed}`) : null;
    };
    const failures = await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
    return {
      sequences,
      commands,
      failures: failures.filter((failure) => failure !== null),
      violations: await checkInvariants(options.databaseUrl),
    };
  } finally {
    await database.close();
  }
}

/** Two items with something on every shelf, in both worlds. */
async function openShop(model: ShopModel, shop: RecordShop): Promise<Session> {
  const session = new Session(shop);
  for (const [number, price] of PRICES_MINOR.entries()) {
    await shop.putItem(number, price);
    for (const location of LOCATIONS) {
      model.adjust(shop.sku(number), location, OPENING_STOCK);
      await shop.adjust(session.id('adj'), shop.sku(number), location, OPENING_STOCK);
    }
  }
  return session;
}
