/** Statements that rewrite what cannot be rewritten. */

/** With the guards of a table down. */
export function unguarded(table: string, ...statements: readonly string[]): string[] {
  return [
    `ALTER TABLE ${table} DISABLE TRIGGER USER`,
    ...statements,
    `ALTER TABLE ${table} ENABLE TRIGGER USER`,
  ];
}

/** An event that says nothing about status or money in the place of another one. */
export function silence(orderId: string, type: string): string[] {
  return unguarded(
    'order_events',
    `UPDATE order_events SET type = 'commerce.shipment.label_created.v1' WHERE order_id = '${orderId}' AND type = '${type}'`,
  );
}
