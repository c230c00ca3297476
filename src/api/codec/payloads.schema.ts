/** Payloads as Temporal's remote codec protocol writes them: protobuf JSON, bytes in base64. */
import { z } from 'zod';
import type { Payload } from '@temporalio/common';

const base64 = z.string().regex(/^[A-Za-z0-9+/_-]*={0,2}$/, 'must be base64');

export const payloads = z
  .object({
    payloads: z
      .array(
        z.object({
          metadata: z.record(z.string(), base64).optional(),
          data: base64.optional(),
        }),
      )
      .max(10_000)
      .default([]),
  })
  .meta({ id: 'Payloads', description: 'As in the remote codec protocol of Temporal; bytes are base64.' });
type PayloadsJson = z.output<typeof payloads>;

export function fromJson({ payloads: list }: PayloadsJson): Payload[] {
  return list.map(({ metadata = {}, data }) => ({
    metadata: Object.fromEntries(
      Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    ),
    data: Buffer.from(data ?? '', 'base64'),
  }));
}

export function toJson(list: readonly Payload[]): PayloadsJson {
  return {
    payloads: list.map(({ metadata, data }) => ({
      metadata: Object.fromEntries(
        Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
      ),
      data: Buffer.from(data ?? []).toString('base64'),
    })),
  };
}
