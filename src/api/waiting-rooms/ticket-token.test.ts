import { describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { readTicketToken, signTicketToken } from './ticket-token.ts';

const SECRET = 's'.repeat(32);
const ticket = { ticketId: 'tkt_1', roomId: 'sale', number: 7 };
const VALID_UNTIL = '2026-01-01T00:00:00.000Z';

describe('a token of a waiting room', () => {
  it('names its ticket, and is the same whoever makes it', async () => {
    const token = await signTicketToken(ticket, VALID_UNTIL, SECRET);
    expect(await readTicketToken(token, SECRET)).toEqual(ticket);
    expect(await signTicketToken(ticket, VALID_UNTIL, SECRET)).toBe(token);
  });

  it('is none when it was signed with another secret, or changed', async () => {
    const token = await signTicketToken(ticket, VALID_UNTIL, 'o'.repeat(32));
    expect(await readTicketToken(token, SECRET)).toBeNull();
    const [head, , signature] = (await signTicketToken(ticket, VALID_UNTIL, SECRET)).split('.');
    const payload = Buffer.from('{"aud":"waiting-room","sub":"tkt_2","room":"sale","number":1}').toString(
      'base64url',
    );
    expect(await readTicketToken(`${head}.${payload}.${signature}`, SECRET)).toBeNull();
  });

  it('is none when nobody signed it, the secret signed it as it is, or it is no token at all', async () => {
    const unsigned = [{ alg: 'none' }, { aud: 'waiting-room', sub: 'tkt_1', room: 'sale', number: 7 }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const bySecret = await new SignJWT({ room: 'sale', number: 7 })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('tkt_1')
      .setAudience('waiting-room')
      .sign(new TextEncoder().encode(SECRET));
    for (const token of [`${unsigned}.`, bySecret, '', 'x', 'a.b.c', 'x'.repeat(5_000)])
      expect(await readTicketToken(token, SECRET)).toBeNull();
  });
});
