/** Requests and their answers, and whose they are. I22, I23, I25. */
import { sqlCheck, type Check } from '../check.ts';

/** What was answered about an order: an answer that is one begins with its id. */
const ANSWERED = `(
  SELECT principal_id, key, fingerprint, http_status, body, substring(body FROM '^\\s*\\{\\s*"id"\\s*:\\s*"(ord_[0-9a-z]+)"') AS order_id
  FROM idempotency_answers WHERE http_status BETWEEN 200 AND 299
) AS answered`;
const SEE = `SELECT principal_id, key, fingerprint, http_status, created_at FROM idempotency_answers WHERE position(:orderId IN body) > 0`;

export const ACCESS_CHECKS: readonly Check[] = [
  sqlCheck({
    invariant: 'I22',
    name: 'an order and the answer about it come from one request',
    over: 'idempotency_answers',
    wrong: `SELECT order_id AS "orderId", 'the answer belongs to another request than the order' AS message
      FROM ${ANSWERED} JOIN orders ON orders.id = order_id
      WHERE http_status IN (201, 202) AND (answered.principal_id <> orders.principal_id OR answered.fingerprint <> orders.fingerprint)`,
    see: SEE,
  }),
  sqlCheck({
    invariant: 'I22',
    name: 'one key has placed an order',
    over: 'idempotency_answers',
    wrong: `SELECT order_id AS "orderId", format('%s keys were answered with it', count(*)) AS message
      FROM ${ANSWERED} WHERE http_status IN (201, 202) AND order_id IS NOT NULL GROUP BY order_id HAVING count(*) > 1`,
    see: SEE,
  }),
  sqlCheck({
    invariant: 'I23',
    name: 'an order that was answered is there',
    over: 'idempotency_answers',
    wrong: `SELECT order_id AS "orderId", format('answered with %s, and there is no such order', http_status) AS message
      FROM ${ANSWERED} WHERE order_id IS NOT NULL AND NOT EXISTS (SELECT FROM orders WHERE orders.id = order_id)`,
    see: SEE,
  }),
  sqlCheck({
    invariant: 'I25',
    name: 'a customer has placed orders of no other',
    over: 'orders',
    wrong: `SELECT orders.id AS "orderId", api_keys.id AS "apiKeyId", 'placed with the key of another customer' AS message
      FROM orders JOIN api_keys ON principal_id = 'key:' || api_keys.id
      WHERE api_keys.customer_id IS NOT NULL AND api_keys.customer_id <> orders.customer_id`,
    see: `SELECT orders.id, orders.customer_id, principal_id, api_keys.customer_id AS key_customer_id FROM orders
      JOIN api_keys ON principal_id = 'key:' || api_keys.id WHERE orders.id = :orderId`,
  }),
  sqlCheck({
    invariant: 'I25',
    name: 'a customer was told of orders of no other',
    over: 'idempotency_answers',
    wrong: `SELECT order_id AS "orderId", api_keys.id AS "apiKeyId", 'an answer about it was given to another customer' AS message
      FROM ${ANSWERED} JOIN api_keys ON answered.principal_id = 'key:' || api_keys.id JOIN orders ON orders.id = order_id
      WHERE api_keys.customer_id IS NOT NULL AND api_keys.customer_id <> orders.customer_id
        AND orders.principal_id <> answered.principal_id`,
    see: SEE,
  }),
];
