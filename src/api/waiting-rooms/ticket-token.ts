/** The token of an admitted ticket: a signed JWT that names the ticket, and that every process can check. */
import { hkdfSync } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

/** What a token is for. */
export interface TicketReference {
  readonly ticketId: string;
  readonly roomId: string;
  /** The place in line that was admitted; a ticket that is taken anew has another. */
  readonly number: number;
}

const AUDIENCE = 'waiting-room';
const ALGORITHM = 'HS256';
const MAX_TOKEN_LENGTH = 1_024;

const claims = z.object({ sub: z.string(), room: z.string(), number: z.int() });

/**
 * The same bytes for the same ticket.
 * @param validUntil RFC 3339
 */
export async function signTicketToken(
  { ticketId, roomId, number }: TicketReference,
  validUntil: string,
  secret: string,
): Promise<string> {
  return new SignJWT({ room: roomId, number })
    .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
    .setSubject(ticketId)
    .setAudience(AUDIENCE)
    .setExpirationTime(Math.ceil(Date.parse(validUntil) / 1000))
    .sign(keyOf(secret));
}

/**
 * Null for a token that we did not sign. Whether its time is over is not looked at: the database says that by its own clock,
 * and an order that has used the token may be sent again later.
 */
export async function readTicketToken(token: string, secret: string): Promise<TicketReference | null> {
  if (token.length > MAX_TOKEN_LENGTH) return null;
  try {
    const { payload } = await jwtVerify(token, keyOf(secret), {
      audience: AUDIENCE,
      algorithms: [ALGORITHM],
      currentDate: new Date(0),
    });
    const { sub: ticketId, room: roomId, number } = claims.parse(payload);
    return { ticketId, roomId, number };
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof z.ZodError) return null;
    throw error;
  }
}

/** A key of its own, so that the secret is used for nothing else. */
function keyOf(secret: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', 'order-saga waiting-room token', 32));
}
