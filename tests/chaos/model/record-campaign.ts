/** Random sequences at the records, several side by side in one database, against the model. */
import { sql } from 'drizzle-orm';
import { createDatabase } from '../../../db/client.ts';
import { createRepositories } from '../../../db/repositories/index.ts';
import { checkInvariants } from '../../support/invariants.ts';
import { playSequences, type CampaignOptions, type CampaignResult } from './campaign.ts';
import { compareAll, PRICES_MINOR, recordCommands, Session } from './record-commands.ts';
import { LOCATIONS, RecordShop } from './record-shop.ts';
import { ShopModel } from './shop-model.ts';

/** Long enough for the life of several orders, short enough to be read. */
const MOST_COMMANDS = 60;
const LANES = 8;
/** Scarce, so that orders are split over locations and some are sent away. */
const OPENING_STOCK = 5;

/** @param options.databaseUrl a migrated database without anything in it */
export async function runRecordCampaign(
  options: CampaignOptions & { readonly databaseUrl: string },
): Promise<CampaignResult> {
  const database = createDatabase({ url: options.databaseUrl, poolSize: options.lanes ?? LANES });
  try {
    const repositories = createRepositories(database);
    for (const [index, location] of LOCATIONS.entries())
      await database.query(
        'model.location',
        sql`INSERT INTO locations (id, name, priority) VALUES (${location}, ${location}, ${index + 1})`,
      );
    const played = await playSequences(
      {
        name: 'records',
        commands: recordCommands,
        mostCommands: MOST_COMMANDS,
        lanes: LANES,
        open: (name) => openShop(new RecordShop(repositories, name)),
        compare: compareAll,
      },
      options,
    );
    return { ...played, violations: await checkInvariants(options.databaseUrl) };
  } finally {
    await database.close();
  }
}

/** Two items with something on every shelf, in both worlds. */
async function openShop(shop: RecordShop): Promise<{ readonly model: ShopModel; readonly real: Session }> {
  const model = new ShopModel();
  const real = new Session(shop);
  for (const [number, price] of PRICES_MINOR.entries()) {
    await shop.putItem(number, price);
    for (const location of LOCATIONS) {
      model.adjust(shop.sku(number), location, OPENING_STOCK);
      await shop.adjust(real.id('adj'), shop.sku(number), location, OPENING_STOCK);
    }
  }
  return { model, real };
}
