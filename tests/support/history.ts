/**
 * A database with the past of a shop in it: orders of a year, each with all its rows as the service would have written them,
 * so that the auditor finds nothing. Loaded by whole tables, without triggers and with indexes built afterwards.
 */
import postgres from 'postgres';

export interface HistoryOptions {
  readonly orders: number;
  readonly skus: number;
  /** How long ago the last order was placed, days; after 40 no order is open any more. @default 0 */
  readonly endsDaysAgo?: number;
  /** Over how many days orders are spread, evenly. @default 365 */
  readonly days?: number;
  /** How long webhooks and kept answers were kept, days. @default 30 */
  readonly keptDays?: number;
  /** Told what is done. */
  readonly say?: (text: string) => void;
}

/** The item of a number below {@link HistoryOptions.skus}; all have stock at the location `main`. */
export function historySku(index: number): string {
  return `HIST-${String(index).padStart(6, '0')}`;
}

/** The id of the order of a number from 1, the oldest, to {@link HistoryOptions.orders}. */
export const HISTORY_ORDER_ID = (number: string): string =>
  `'ord_' || left(md5('history ' || ${number}), 26)`;

const SKU = (index: string): string => `'HIST-' || lpad((${index})::text, 6, '0')`;

/** Orders have one to three lines of one or two units. */
const ITEM = (line: number | string, skus: number): string => `(n * 7919 + ${line} * 104729) % ${skus}`;
const UNIT_PRICE = (line: number | string, skus: number): string => `(100 + ${ITEM(line, skus)} % 900)`;
const QUANTITY = (line: number | string): string => `(1 + (n + ${line}) % 2)`;
const LINE_TOTAL = (line: number, skus: number): string => `${QUANTITY(line)} * ${UNIT_PRICE(line, skus)}`;

/** Of 100 orders 4 are declined, and 2 are refunded in part after their end. */
const BASE = ({ orders, skus, endsDaysAgo = 0, days = 365 }: HistoryOptions): string => `
  CREATE UNLOGGED TABLE history AS
  SELECT n, id, placed_at, kind, 'cus_' || (n * 31 % greatest(1, ${orders} / 5)) AS customer_id,
    CASE kind WHEN 'rejected' THEN 5 WHEN 'fulfilling' THEN 7 WHEN 'shipped' THEN 8 WHEN 'delivered' THEN 9 WHEN 'completed' THEN 10
      ELSE 12 END AS version,
    CASE kind WHEN 'refunded' THEN 'completed' ELSE kind END AS status,
    CASE kind WHEN 'rejected' THEN 'declined' WHEN 'refunded' THEN 'partially_refunded' ELSE 'captured' END AS payment_status,
    ${LINE_TOTAL(1, skus)} + CASE WHEN n % 3 > 0 THEN ${LINE_TOTAL(2, skus)} ELSE 0 END
      + CASE WHEN n % 3 > 1 THEN ${LINE_TOTAL(3, skus)} ELSE 0 END AS total_minor
  FROM (
    SELECT n, ${HISTORY_ORDER_ID('n')} AS id, placed_at, CASE
        WHEN n % 100 < 4 THEN 'rejected'
        WHEN placed_at > now() - interval '1 day' THEN 'fulfilling'
        WHEN placed_at > now() - interval '3 days' THEN 'shipped'
        WHEN placed_at > now() - interval '33 days' THEN 'delivered'
        WHEN n % 100 < 6 THEN 'refunded'
        ELSE 'completed' END AS kind
    FROM (
      SELECT n, (now() - interval '1 minute' - ${endsDaysAgo} * interval '1 day'
        - (${orders} - n) * (${days} * interval '1 day' / ${orders}))::timestamptz(3) AS placed_at
      FROM generate_series(1, ${orders}::bigint) AS n
    ) AS placed
  ) AS judged`;

const LINES = ({ skus }: HistoryOptions): string => `
  CREATE UNLOGGED TABLE history_lines AS
  SELECT n, id, placed_at, kind, line::integer AS line_number, ${QUANTITY('line')} AS quantity,
    ${ITEM('line', skus)} AS item, ${UNIT_PRICE('line', skus)} AS unit_price_minor
  FROM history CROSS JOIN LATERAL generate_series(1, 1 + n % 3) AS line`;

/** What happened to every order: the sequence of an event, its type, how long after the order was placed, and what it says. */
const STEPS = `(VALUES
    ('sold', 1, 'commerce.order.placed.v1', interval '0'), ('sold', 2, 'commerce.inventory.reserved.v1', interval '0'),
    ('sold', 3, 'commerce.payment.authorized.v1', interval '0.1 second'), ('sold', 4, 'commerce.order.confirmed.v1', interval '0.1 second'),
    ('sold', 5, 'commerce.fulfilment.started.v1', interval '1 second'), ('sold', 6, 'commerce.shipment.label_created.v1', interval '1 second'),
    ('sold', 7, 'commerce.payment.captured.v1', interval '1.5 seconds'), ('sold', 8, 'commerce.order.shipped.v1', interval '1 day'),
    ('sold', 9, 'commerce.delivery.confirmed.v1', interval '3 days'), ('sold', 10, 'commerce.order.completed.v1', interval '33 days'),
    ('sold', 11, 'commerce.payment.refund_requested.v1', interval '33 days 1 second'), ('sold', 12, 'commerce.payment.refunded.v1', interval '33 days 2 seconds'),
    ('rejected', 1, 'commerce.order.placed.v1', interval '0'), ('rejected', 2, 'commerce.inventory.reserved.v1', interval '0'),
    ('rejected', 3, 'commerce.payment.declined.v1', interval '0.1 second'), ('rejected', 4, 'commerce.inventory.released.v1', interval '0.1 second'),
    ('rejected', 5, 'commerce.order.rejected.v1', interval '0.1 second')
  ) AS step (outcome, sequence, type, after) ON step.outcome = CASE kind WHEN 'rejected' THEN kind ELSE 'sold' END AND step.sequence <= version`;

/** Each time at which something happens to orders has a statement, so that rows lie as they came: by time. */
const EVENTS: readonly string[] = [
  [1, 7],
  [8, 8],
  [9, 9],
  [10, 10],
  [11, 12],
].map(
  ([first, last]) => `
  INSERT INTO order_events (order_id, placed_at, sequence, type, occurred_at, correlation_id, causation_id, data)
  SELECT id, placed_at, step.sequence, step.type, placed_at + step.after, 'req_' || n, 'req_' || n, CASE step.type
    WHEN 'commerce.order.placed.v1' THEN jsonb_build_object('customerId', customer_id, 'total', amount.total, 'lineCount', 1 + n % 3)
    WHEN 'commerce.inventory.reserved.v1' THEN '{"locations":["main"],"units":2}'
    WHEN 'commerce.inventory.released.v1' THEN '{"locations":["main"],"units":2}'
    WHEN 'commerce.payment.authorized.v1' THEN jsonb_build_object('amount', amount.total, 'captureBefore', placed_at + interval '7 days')
    WHEN 'commerce.payment.declined.v1' THEN jsonb_build_object('amount', amount.total, 'declineReason', 'do_not_honor')
    WHEN 'commerce.payment.captured.v1' THEN jsonb_build_object('amount', amount.total)
    WHEN 'commerce.order.confirmed.v1' THEN jsonb_build_object('total', amount.total)
    WHEN 'commerce.order.rejected.v1' THEN '{"code":"PAYMENT_DECLINED","message":"The payment was declined"}'
    WHEN 'commerce.order.completed.v1' THEN '{}'
    WHEN 'commerce.fulfilment.started.v1' THEN jsonb_build_object('shipmentIds', jsonb_build_array('shp_' || substr(id, 5) || '_1'))
    WHEN 'commerce.shipment.label_created.v1' THEN jsonb_build_object('shipmentId', 'shp_' || substr(id, 5) || '_1', 'locationId', 'main',
      'carrier', 'demo-carrier', 'trackingNumber', 'TRK' || n)
    WHEN 'commerce.payment.refund_requested.v1' THEN jsonb_build_object('refundId', 'ref_' || substr(id, 5), 'amount', amount.refund, 'reason', 'damaged')
    WHEN 'commerce.payment.refunded.v1' THEN jsonb_build_object('refundId', 'ref_' || substr(id, 5), 'amount', amount.refund, 'reason', 'damaged', 'restocked', false)
    ELSE jsonb_build_object('shipmentId', 'shp_' || substr(id, 5) || '_1') END
  FROM history JOIN ${STEPS}
  CROSS JOIN LATERAL (SELECT jsonb_build_object('amountMinor', total_minor, 'currency', 'GBP') AS total,
    '{"amountMinor":50,"currency":"GBP"}'::jsonb AS refund) AS amount
  WHERE step.sequence BETWEEN ${first} AND ${last}`,
);

const LAST_CHANGE = `(placed_at + CASE kind WHEN 'rejected' THEN interval '0.1 second' WHEN 'fulfilling' THEN interval '1.5 seconds'
  WHEN 'shipped' THEN interval '1 day' WHEN 'delivered' THEN interval '3 days' WHEN 'completed' THEN interval '33 days'
  ELSE interval '33 days 2 seconds' END)`;

const ORDERS = `
  INSERT INTO orders (id, version, status, payment_status, customer_id, currency, total_minor, principal_id, fingerprint,
    workflow_run_id, correlation_id, rejection, is_screened, waiting_for, waiting_owner, waiting_since, waiting_until, created_at, updated_at)
  SELECT id, version, status, payment_status, customer_id, 'GBP', total_minor, 'key:history', md5('fingerprint ' || n) || md5('of ' || n),
    'run_' || n, 'req_' || n, CASE kind WHEN 'rejected' THEN '{"code":"PAYMENT_DECLINED","message":"The payment was declined"}'::jsonb END, true,
    wait.name, wait.owner, CASE WHEN wait.name IS NOT NULL THEN ${LAST_CHANGE} END,
    CASE WHEN wait.name IS NOT NULL THEN now() + interval '30 days' END, placed_at, ${LAST_CHANGE}
  FROM history LEFT JOIN (VALUES ('fulfilling', 'hand_over', 'warehouse'), ('shipped', 'delivery', 'carrier'),
    ('delivered', 'return_window', 'workflow')) AS wait (status, name, owner) USING (status)`;

/** Everything of orders but their events, table by table. */
const REST = ({ skus, keptDays = 30 }: HistoryOptions): readonly string[] => [
  `INSERT INTO items (sku, name, weight_grams, prices)
   SELECT ${SKU('item')}, 'Item of the past ' || item, 300, jsonb_build_object('GBP', 100 + item % 900) FROM generate_series(0, ${skus} - 1) AS item`,
  `INSERT INTO locations (id, name, priority) SELECT 'main', 'Main', 1 WHERE NOT EXISTS (SELECT FROM locations WHERE id = 'main')`,
  ORDERS,
  `INSERT INTO order_contacts (order_id, ship_to, email) SELECT id, '{"name":"Jane Doe","line1":"1 High Street","city":"Leeds","postalCode":"LS1 1UR","country":"GB"}',
     customer_id || '@example.com' FROM history`,
  `INSERT INTO fraud_assessments (order_id, score, outcome, model_version, parts, degraded, customer_id, currency, amount_minor,
     country, card_digest, address_digest, at)
   SELECT id, 0.1, 'pass', 'history', '[]', '[]', customer_id, 'GBP', total_minor, 'GB', md5('card ' || customer_id),
     md5('address ' || customer_id), placed_at FROM history`,
  `INSERT INTO order_lines (order_id, line_number, sku, name, quantity, unit_price_minor, total_minor, weight_grams)
   SELECT id, line_number, ${SKU('item')}, 'Item of the past ' || item, quantity, unit_price_minor, quantity * unit_price_minor, 300 FROM history_lines`,
  `INSERT INTO reservations (order_id, line_number, location_id, sku, quantity, state, created_at, ended_at)
   SELECT id, line_number, 'main', ${SKU('item')}, quantity,
     CASE kind WHEN 'rejected' THEN 'released' WHEN 'fulfilling' THEN 'open' ELSE 'committed' END, placed_at,
     CASE kind WHEN 'fulfilling' THEN NULL ELSE placed_at + interval '1 day' END FROM history_lines`,
  `INSERT INTO shipments (id, order_id, location_id, status, carrier, tracking_number, carrier_reference, created_at, updated_at)
   SELECT 'shp_' || substr(id, 5) || '_1', id, 'main', CASE kind WHEN 'fulfilling' THEN 'booked' WHEN 'shipped' THEN 'shipped' ELSE 'delivered' END,
     'demo-carrier', 'TRK' || n, 'bkg_' || n, placed_at, ${LAST_CHANGE} FROM history WHERE kind <> 'rejected'`,
  `INSERT INTO payment_intents (order_id, method, currency, amount_minor, authorized_minor, captured_minor, refunded_minor, capture_before)
   SELECT id, 'card', 'GBP', total_minor, paid, paid, CASE kind WHEN 'refunded' THEN 50 ELSE 0 END, placed_at + interval '7 days'
   FROM history CROSS JOIN LATERAL (SELECT CASE kind WHEN 'rejected' THEN 0 ELSE total_minor END AS paid) AS amount`,
  `INSERT INTO refunds (id, order_id, amount_minor, currency, reason, restock, lines, status, actor, created_at, settled_at)
   SELECT 'ref_' || substr(id, 5), id, 50, 'GBP', 'damaged', false, '[]', 'succeeded', 'key:history', placed_at + interval '33 days', placed_at + interval '33 days'
   FROM history WHERE kind = 'refunded'`,
  `INSERT INTO provider_operations (key, order_id, kind, subject_id, amount_minor, currency, status, provider_reference, refusal_code, created_at, settled_at, reconciled_at)
   SELECT subject || ':' || operation || ':1', id, operation, CASE WHEN operation IN ('book', 'refund') THEN subject END,
     CASE operation WHEN 'book' THEN NULL WHEN 'refund' THEN 50 ELSE total_minor END, CASE operation WHEN 'book' THEN NULL ELSE 'GBP' END,
     CASE kind WHEN 'rejected' THEN 'refused' ELSE 'succeeded' END, 'pay_' || n, CASE kind WHEN 'rejected' THEN 'do_not_honor' END, placed_at, placed_at, placed_at
   FROM history CROSS JOIN LATERAL (VALUES ('authorize', id, true), ('capture', id, kind <> 'rejected'),
     ('book', 'shp_' || substr(id, 5) || '_1', kind <> 'rejected'), ('refund', 'ref_' || substr(id, 5), kind = 'refunded')) AS done (operation, subject, happened)
   WHERE happened`,
  `INSERT INTO ledger_journals (id, order_id, kind, reference, currency, created_at) OVERRIDING SYSTEM VALUE
   SELECT n * 4 + place, id, booked, reference, 'GBP', placed_at FROM history CROSS JOIN LATERAL (VALUES (0, 'authorize', id || ':authorize:1'),
     (1, 'capture', id || ':capture:1'), (2, 'refund_requested', 'ref_' || substr(id, 5)), (3, 'refund', 'ref_' || substr(id, 5))) AS journal (place, booked, reference)
   WHERE kind <> 'rejected' AND (place < 2 OR kind = 'refunded')`,
  `INSERT INTO ledger_entries (journal_id, account, amount_minor)
   SELECT n * 4 + place, account, sign * CASE WHEN place < 2 THEN total_minor ELSE 50 END FROM history CROSS JOIN LATERAL (VALUES
     (0, 'receivable', 1), (0, 'sales', -1), (0, 'held_at_provider', 1), (0, 'held_contra', -1),
     (1, 'cash_at_provider', 1), (1, 'receivable', -1), (1, 'held_at_provider', -1), (1, 'held_contra', 1),
     (2, 'returns', 1), (2, 'refunds_due', -1), (3, 'refunds_due', 1), (3, 'cash_at_provider', -1)) AS entry (place, account, sign)
   WHERE kind <> 'rejected' AND (place < 2 OR kind = 'refunded')`,
  `INSERT INTO stock_movements (sku, location_id, quantity, kind, reference, reason, actor, created_at)
   SELECT ${SKU('item')}, 'main', 1000000000, 'adjustment', 'adj_' || item, 'opening', 'history', now() - interval '2 years' FROM generate_series(0, ${skus} - 1) AS item`,
  `INSERT INTO stock_movements (sku, location_id, quantity, kind, reference, reason, actor, created_at)
   SELECT ${SKU('item')}, 'main', -sum(quantity), 'committed', 'shp_' || substr(id, 5) || '_1', 'shipped', 'workflow', placed_at + interval '1 day'
   FROM history_lines WHERE kind NOT IN ('rejected', 'fulfilling') GROUP BY n, id, item, placed_at`,
  `INSERT INTO stock (sku, location_id, on_hand, reserved)
   SELECT ${SKU('shelf.item')}, 'main', 1000000000 - coalesce(gone, 0), coalesce(held, 0)
   FROM generate_series(0, ${skus} - 1) AS shelf (item) LEFT JOIN (
     SELECT item, sum(quantity) FILTER (WHERE kind NOT IN ('rejected', 'fulfilling')) AS gone, sum(quantity) FILTER (WHERE kind = 'fulfilling') AS held
     FROM history_lines GROUP BY item) AS sold ON sold.item = shelf.item`,
  `INSERT INTO notifications (order_id, template, subject_id, state, message_id, created_at, settled_at)
   SELECT id, template, '1', 'sent', '<' || id || '.' || template || '.1@order-saga>', placed_at, placed_at
   FROM history CROSS JOIN LATERAL (VALUES ('confirmed', kind <> 'rejected'), ('shipped', kind NOT IN ('rejected', 'fulfilling'))) AS mail (template, was_sent)
   WHERE was_sent`,
  `INSERT INTO webhook_inbox (provider, message_id, order_id, operation_key, payload, received_at, state, attempts, settled_at)
   SELECT provider, 'msg_' || n || '_' || event, id, CASE provider WHEN 'payments' THEN id || ':' || event || ':1' END,
     jsonb_build_object('id', 'msg_' || n || '_' || event, 'type', event, 'orderId', id, 'amountMinor', total_minor),
     placed_at, CASE provider WHEN 'payments' THEN 'not_needed' ELSE 'delivered' END, 1, placed_at + interval '1 second'
   FROM history CROSS JOIN LATERAL (VALUES ('payments', 'authorize'), ('payments', 'capture'), ('shipping', 'shipped'), ('shipping', 'delivered')) AS message (provider, event)
   WHERE kind <> 'rejected' AND placed_at > now() - (${keptDays} + 31) * interval '1 day'`,
  `INSERT INTO idempotency_answers (principal_id, key, fingerprint, http_status, headers, body, created_at)
   SELECT 'key:history', md5('key ' || n), md5('fingerprint ' || n) || md5('of ' || n), 201, '{"content-type":"application/json"}',
     '{"id":"' || id || '","version":4,"status":"confirmed","padding":"' || repeat('x', 900) || '"}', placed_at
   FROM history WHERE kind <> 'rejected' AND placed_at > now() - ${keptDays} * interval '1 day'`,
  `INSERT INTO projections.order_summaries (order_id, last_sequence, status, payment_status, customer_id, currency, total_minor,
     captured_minor, refunded_minor, placed_at, updated_at)
   SELECT id, version, status, payment_status, customer_id, 'GBP', total_minor, CASE kind WHEN 'rejected' THEN 0 ELSE total_minor END,
     CASE kind WHEN 'refunded' THEN 50 ELSE 0 END, placed_at, ${LAST_CHANGE} FROM history`,
];

/** Ordinary tables of ours and the partitions of the others. */
const TABLES = `SELECT pg_class.oid::regclass::text AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relkind = 'r' AND nspname IN ('public', 'projections') AND relname NOT LIKE 'history%' ORDER BY pg_class.oid::regclass::text LIKE 'order_events%', 1`;

/**
 * Fills a database that has the schema and no orders. Needs a superuser, and nobody else at work there: while it runs no trigger
 * fires and no index is whole.
 *
 * @param url postgres://
 */
export async function loadHistory(url: string, options: HistoryOptions): Promise<void> {
  const { say = () => undefined } = options;
  const connect = () =>
    postgres(url, {
      max: 1,
      fetch_types: false,
      onnotice: () => undefined,
      connection: {
        session_replication_role: 'replica',
        synchronous_commit: 'off',
        maintenance_work_mem: '512MB',
        work_mem: '256MB',
      },
    });
  const [one, other] = [connect(), connect()];
  try {
    say('making up the orders');
    await one.unsafe(BASE(options));
    await one.unsafe(LINES(options));
    await one.unsafe('ANALYZE history; ANALYZE history_lines');
    for (const table of ['order_events', 'webhook_inbox'])
      await one.unsafe(`SELECT make_month_partitions('${table}', min(placed_at), now()) FROM history`);
    const write = async (connection: postgres.Sql, statements: readonly string[]): Promise<void> => {
      for (const statement of statements) {
        say(`writing ${/INSERT INTO (\S+)/.exec(statement)?.[1]}`);
        await connection.unsafe(statement);
      }
    };
    const tables = (await one.unsafe<{ name: string }[]>(TABLES)).map(({ name }) => name);
    // An index that is not ready is left alone by INSERT, and made whole by REINDEX.
    await one.unsafe(
      `UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid = ANY ('{${tables.join(',')}}'::regclass[])`,
    );
    await Promise.all([write(one, EVENTS), write(other, REST(options))]);
    say('building the indexes');
    const left = [...tables];
    const build = async (connection: postgres.Sql): Promise<void> => {
      for (let table = left.pop(); table !== undefined; table = left.pop())
        await connection.unsafe(`REINDEX TABLE ${table}`);
    };
    await Promise.all([build(one), build(other)]);
    await one.unsafe(
      `SELECT setval(pg_get_serial_sequence('ledger_journals', 'id'), max(id)) FROM ledger_journals`,
    );
    await one.unsafe('DROP TABLE history, history_lines');
    say('counting everything');
    await one.unsafe('VACUUM (ANALYZE)');
    await one.unsafe('CHECKPOINT');
  } finally {
    await Promise.all([one.end({ timeout: 5 }), other.end({ timeout: 5 })]);
  }
}
