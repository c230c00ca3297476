/** What the tool reads of waiting rooms. */
import { z } from 'zod';

export const waitingRoomSettingsSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  skus: z.array(z.string()),
  admissionsPerSecond: z.number(),
  opensAt: z.string().nullable(),
  closesAt: z.string().nullable(),
});
export type WaitingRoomSettingsReply = z.output<typeof waitingRoomSettingsSchema>;

export const waitingRoomSchema = waitingRoomSettingsSchema.extend({
  state: z.string(),
  waiting: z.int(),
  admitted: z.int(),
  bought: z.int(),
});
export type WaitingRoomReply = z.output<typeof waitingRoomSchema>;

export const waitingRoomListSchema = z.looseObject({ items: z.array(waitingRoomSchema) });
