import { z } from 'zod';
import type {
  TicketView,
  WaitingRoom,
  WaitingRoomView,
} from '../../../db/repositories/waiting-rooms.repository.ts';
import { estimatedWaitSeconds, positionOf } from '../../domain/waiting-rooms/place-in-line.ts';
import type { ApiEnvironment } from '../../config/env.ts';
import {
  customerId,
  evenIfOtherFieldsAreWrong,
  instant,
  sku,
  text,
  ticketId,
  waitingRoomId,
} from '../http/fields.ts';
import { signTicketToken } from './ticket-token.ts';

const MAX_SKUS = 1_000;
const MAX_ADMISSIONS_PER_SECOND = 10_000;

export const roomParams = z.strictObject({ roomId: waitingRoomId });
export const ticketParams = z.strictObject({ roomId: waitingRoomId, ticketId });

export const putWaitingRoomBody = z
  .strictObject({
    name: text(200),
    skus: z.array(sku).min(1).max(MAX_SKUS).superRefine(refuseTwice, evenIfOtherFieldsAreWrong),
    admissionsPerSecond: z.number().min(0).max(MAX_ADMISSIONS_PER_SECOND).meta({
      description: 'May be below 1. Zero pauses: nobody is admitted, and everybody keeps the place.',
    }),
    opensAt: instant.nullish().meta({ description: 'By default it is open at once.' }),
    closesAt: instant.nullish().meta({ description: 'By default it stays open.' }),
  })
  .superRefine(refuseEndBeforeBeginning, evenIfOtherFieldsAreWrong)
  .meta({ id: 'PutWaitingRoom' });

const settingsShape = {
  id: z.string(),
  name: z.string(),
  skus: z.array(z.string()),
  admissionsPerSecond: z.number(),
  opensAt: z.string().nullable(),
  closesAt: z.string().nullable(),
};
export const waitingRoomSettings = z.strictObject(settingsShape).meta({ id: 'WaitingRoomSettings' });

export const waitingRoom = z
  .strictObject({
    ...settingsShape,
    state: z
      .enum(['upcoming', 'open', 'closed'])
      .meta({ description: 'Only while it is open its items need a token.' }),
    waiting: z.int().meta({ description: 'Tickets that are not admitted yet.' }),
    admitted: z.int().meta({ description: 'Admissions so far, those that were never used among them.' }),
    bought: z.int().meta({ description: 'Tickets with which an order was placed that was not rejected.' }),
  })
  .meta({ id: 'WaitingRoom' });

export const takeTicketBody = z
  .strictObject({ customerId })
  .meta({ id: 'TakeTicket', description: 'For whom the order will be.' });

export const ticket = z
  .strictObject({
    id: z.string(),
    roomId: z.string(),
    customerId: z.string(),
    state: z.enum(['waiting', 'admitted', 'used', 'expired']),
    position: z.int().meta({ description: '1 for who is admitted next; 0 for who does not wait.' }),
    estimatedWaitSeconds: z
      .int()
      .nullable()
      .meta({ description: 'If the rate stays as it is; null while the room pauses.' }),
    token: z
      .string()
      .optional()
      .meta({ description: 'While admitted: the `Waiting-Room-Token` of one order.' }),
    tokenExpiresAt: z.string().optional().meta({ description: 'When the token is no longer taken.' }),
    orderId: z.string().optional().meta({ description: 'When used: the order that has it.' }),
  })
  .meta({ id: 'Ticket' });
export type TicketAnswer = z.output<typeof ticket>;

function refuseTwice(skus: readonly string[], context: z.core.$RefinementCtx): void {
  for (const [index, value] of skus.entries())
    if (skus.indexOf(value) < index)
      context.addIssue({ code: 'custom', path: [index], message: 'is named twice', input: undefined });
}

function refuseEndBeforeBeginning(
  {
    opensAt,
    closesAt,
  }: { readonly opensAt?: string | null | undefined; readonly closesAt?: string | null | undefined },
  context: z.core.$RefinementCtx,
): void {
  // Whatever is no time at all is left to its own schema.
  if (Date.parse(closesAt ?? '') <= Date.parse(opensAt ?? ''))
    context.addIssue({
      code: 'custom',
      path: ['closesAt'],
      message: 'must be after opensAt',
      input: undefined,
    });
}

/** The room that a request describes, its times as they are kept and answered. */
export function toWaitingRoom(id: string, body: z.output<typeof putWaitingRoomBody>): WaitingRoom {
  const { name, skus, admissionsPerSecond, opensAt, closesAt } = body;
  const inUtc = (time: string | null | undefined): string | null =>
    time === undefined || time === null ? null : new Date(time).toISOString();
  return { id, name, skus, admissionsPerSecond, opensAt: inUtc(opensAt), closesAt: inUtc(closesAt) };
}

export function toSettingsAnswer(room: WaitingRoom): z.output<typeof waitingRoomSettings> {
  const { id, name, skus, admissionsPerSecond, opensAt, closesAt } = room;
  return { id, name, skus: [...skus], admissionsPerSecond, opensAt, closesAt };
}

export function toRoomAnswer(view: WaitingRoomView): z.output<typeof waitingRoom> {
  const { state, waiting, admitted, bought } = view;
  return { ...toSettingsAnswer(view), state, waiting, admitted, bought };
}

/** A ticket with the token that belongs to it; the token follows from the ticket, so every process answers the same. */
export async function toTicketAnswer(view: TicketView, environment: ApiEnvironment): Promise<TicketAnswer> {
  const { id, roomId, customerId: customer, number, state, validUntil, orderId } = view;
  const isWaiting = state === 'waiting';
  return {
    id,
    roomId,
    customerId: customer,
    state,
    position: isWaiting ? positionOf(number, view) : 0,
    estimatedWaitSeconds: isWaiting ? estimatedWaitSeconds(number, view) : 0,
    ...(state === 'admitted' && validUntil !== null
      ? {
          token: await signTicketToken(
            { ticketId: id, roomId, number },
            validUntil,
            environment.WAITING_ROOM_SECRET,
          ),
          tokenExpiresAt: validUntil,
        }
      : {}),
    ...(orderId === null ? {} : { orderId }),
  };
}
