/** What the tool reads of the API's answers. Fields that it does not need are kept and not looked at. */
import { z } from 'zod';

const moneySchema = z.object({ amountMinor: z.int(), currency: z.string() });

export const refundSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  amount: moneySchema,
  reason: z.string(),
  createdAt: z.string(),
});
export type RefundReply = z.output<typeof refundSchema>;

const attentionSchema = z.looseObject({ code: z.string(), since: z.string(), message: z.string() });

export const orderSchema = z.looseObject({
  id: z.string(),
  version: z.int(),
  status: z.string(),
  paymentStatus: z.string(),
  attention: attentionSchema.nullable(),
  attentions: z.array(attentionSchema),
  rejection: z.looseObject({ code: z.string(), message: z.string() }).nullish(),
  customerId: z.string(),
  currency: z.string(),
  lines: z.array(
    z.looseObject({
      lineId: z.string(),
      sku: z.string(),
      name: z.string(),
      quantity: z.int(),
      unitPrice: moneySchema,
      total: moneySchema,
      locationId: z.string().nullable(),
    }),
  ),
  totals: z.looseObject({
    total: moneySchema,
    captured: moneySchema,
    refunded: moneySchema,
    outstanding: moneySchema,
    refundDue: moneySchema,
  }),
  shipments: z.array(
    z.looseObject({
      id: z.string(),
      carrier: z.string().nullable(),
      trackingNumber: z.string().nullable(),
      status: z.string(),
    }),
  ),
  refunds: z.array(refundSchema),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type OrderReply = z.output<typeof orderSchema>;

export const orderPageSchema = z.looseObject({
  items: z.array(orderSchema),
  nextCursor: z.string().nullable(),
});
export type OrderPageReply = z.output<typeof orderPageSchema>;

export const eventSchema = z.looseObject({
  id: z.string(),
  type: z.string(),
  sequence: z.int(),
  time: z.string(),
  data: z.record(z.string(), z.unknown()),
});

const shelfSchema = { onHand: z.int(), reserved: z.int(), available: z.int() };
export const inventorySchema = z.looseObject({
  sku: z.string(),
  ...shelfSchema,
  locations: z.array(z.looseObject({ locationId: z.string(), ...shelfSchema })),
});
export type InventoryReply = z.output<typeof inventorySchema>;

export const adjustmentSchema = z.looseObject({ inventory: inventorySchema });

export const itemSchema = z.looseObject({
  sku: z.string(),
  name: z.string(),
  prices: z.array(moneySchema),
  weightGrams: z.int(),
  active: z.boolean(),
});
export type ItemReply = z.output<typeof itemSchema>;
