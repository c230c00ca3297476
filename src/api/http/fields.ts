/** Kinds of fields that several bodies share. Each bounds its length and refuses what no store or terminal should meet. */
import { z } from 'zod';
import { containsCardNumber } from './card-number.ts';

/** Minor units; 1e11 is a thousand million pounds. */
export const MAX_AMOUNT_MINOR = 100_000_000_000;
export const MAX_QUANTITY = 1_000_000;
export const MAX_LINES = 5_000;

/** Control characters (NUL among them), and marks that turn the direction of what follows. */
const UNSEEN = '\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069';
const visibleText = (refused: string): string => `^ *[^\\s${refused}][^${refused}]*$`;
const VISIBLE_TEXT = new RegExp(visibleText(`${UNSEEN}\\ud800-\\udfff`), 'u');

/** Words for people: something to see, nothing that a terminal or a database would stumble over, no lone surrogates. */
export function text(maxLength: number): z.ZodString {
  return (
    z
      .string()
      .min(1)
      .max(maxLength)
      .regex(VISIBLE_TEXT, 'must be visible text without control characters or lone surrogates')
      // Many readers of the document cannot even compile a pattern that names surrogates.
      .meta({ override: { pattern: visibleText(UNSEEN) } })
  );
}

export const customerId = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]*$/, 'must be letters, digits, and _ . : - after the first')
  .meta({ description: 'Chosen by the shop; no personal data.', example: 'cus_17850' });

export const sku = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9 _.-]*[A-Za-z0-9_.-])?$/, 'must be letters, digits, spaces and _ . -')
  .meta({ example: '85123A' });

/** A sku in an address, where nothing else looks for card numbers. */
export const skuInPath = sku.refine((value) => !containsCardNumber(value), 'looks like a card number');

export const orderId = z
  .string()
  .regex(/^ord_[0-9a-hjkmnp-tv-z]{26}$/, 'must be an order id')
  .meta({ example: 'ord_4k8zq0m2v6r1t9w3x5y7a8b9c0' });

export const locationId = z
  .string()
  .max(64)
  .regex(/^[a-z0-9][a-z0-9_-]*$/, 'must be lower-case letters, digits, _ and -')
  .meta({ example: 'main' });

/** Stands in addresses, where nothing else looks for card numbers. */
export const waitingRoomId = z
  .string()
  .max(64)
  .regex(/^[a-z0-9][a-z0-9_-]*$/, 'must be lower-case letters, digits, _ and -')
  .refine((value) => !containsCardNumber(value), 'looks like a card number')
  .meta({ example: 'lamp-sale' });

export const ticketId = z
  .string()
  .regex(/^tkt_[0-9a-hjkmnp-tv-z]{26}$/, 'must be a ticket id')
  .meta({ example: 'tkt_4k8zq0m2v6r1t9w3x5y7a8b9c0' });

export const lineId = z
  .string()
  .regex(/^[1-9][0-9]{0,3}$/, 'must be the number of a line')
  .meta({ example: '1' });

export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be three upper-case letters (ISO 4217)')
  .meta({ example: 'GBP' });

export const country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'must be two upper-case letters (ISO 3166-1 alpha-2)')
  .meta({ example: 'GB' });

export const quantity = z.int().min(1).max(MAX_QUANTITY);
export const amountMinor = z
  .int()
  .min(0)
  .max(MAX_AMOUNT_MINOR)
  .meta({ description: 'Minor units of the currency.' });

/** An amount of money in an answer. */
export const money = z
  .strictObject({ amountMinor: z.int(), currency: z.string() })
  .meta({ id: 'Money', description: 'An integer count of minor units with its ISO 4217 currency.' });

/** RFC 3339 with an offset, in years that every part of the system can hold. */
export const instant = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time' })
  .regex(/^(?:19|20|21)\d\d-/, 'must be a time between 1900 and 2199');

/** For checks over several fields: zod would skip them while one of the fields is wrong, and all are to be named at once. */
export const evenIfOtherFieldsAreWrong: z.core.$ZodSuperRefineParams = {
  when: ({ value }) => typeof value === 'object' && value !== null,
};

/** A check of an array whose entries must differ in one member. Entries of a wrong form are left to their own schema. */
export function refuseRepeated<Name extends string>(
  name: Name,
  message: string,
): (entries: readonly Readonly<Record<Name, string>>[], context: z.core.$RefinementCtx) => void {
  return (entries, context) => {
    const seen = new Set<string>();
    for (const [index, entry] of Array.from(entries).entries()) {
      const value: unknown = entry?.[name];
      if (typeof value !== 'string') continue;
      if (seen.has(value))
        context.addIssue({ code: 'custom', path: [index, name], message, input: undefined });
      seen.add(value);
    }
  };
}

/** A whole number in a query string, where everything is text. */
export function queryInteger(options: { readonly min: number; readonly max: number }) {
  const { min, max } = options;
  return z
    .string()
    .regex(/^\d{1,10}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .meta({ override: asInteger(min, max) });
}

/** Shown as the integer that it is, and not as the text that carries it. */
function asInteger(minimum: number, maximum: number) {
  return ({ jsonSchema }: { jsonSchema: Record<string, unknown> }): void => {
    delete jsonSchema['pattern'];
    Object.assign(jsonSchema, { type: 'integer', minimum, maximum });
  };
}
