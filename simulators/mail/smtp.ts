/** The SMTP side of the mail sink: takes every mail and answers once it is stored. */
import { buffer } from 'node:stream/consumers';
import { callbackify } from 'node:util';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Logger } from '../../src/config/logger.ts';
import type { MailStore } from './mail-store.ts';

const MAX_MAIL_BYTES = 10 * 1024 * 1024;

/** Local parts of recipients that are refused, so that callers can be tested against a refusal. */
const REFUSALS: ReadonlyMap<string, { readonly responseCode: number; readonly message: string }> = new Map([
  ['unknown-user', { responseCode: 550, message: '5.1.1 No such mailbox here' }],
  ['mailbox-busy', { responseCode: 450, message: '4.2.0 Mailbox busy, try again later' }],
]);

/** Starts to listen. @throws when the port is taken */
export function startSmtpServer(
  store: MailStore,
  logger: Logger,
  address: { readonly host: string; readonly port: number },
): Promise<SMTPServer> {
  const server = new SMTPServer({
    banner: 'mail sink',
    size: MAX_MAIL_BYTES,
    // Clients keep their connections; a stop doesn't wait for them.
    closeTimeout: 1000,
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onRcptTo(recipient, _session, callback) {
      const refusal = REFUSALS.get(recipient.address.split('@')[0]?.toLowerCase() ?? '');
      callback(
        refusal ? Object.assign(new Error(refusal.message), { responseCode: refusal.responseCode }) : null,
      );
    },
    onData(stream, session, callback) {
      callbackify(() => receive(store, logger, stream, session))(callback);
    },
  });
  // Clients that drop their connection are none of our business; without a listener they would end the process.
  server.on('error', (error) => logger.info({ err: error }, 'an SMTP connection failed'));
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void =>
      reject(new Error(`Cannot listen on ${address.host}:${address.port}`, { cause: error }));
    server.once('error', failed);
    server.listen(address.port, address.host, () => {
      server.off('error', failed);
      resolve(server);
    });
  });
}

/** Stores a mail. @returns what is answered once it is durable */
async function receive(
  store: MailStore,
  logger: Logger,
  stream: SMTPServerDataStream,
  { envelope }: SMTPServerSession,
): Promise<string> {
  try {
    const raw = await buffer(stream);
    if (stream.sizeExceeded)
      throw Object.assign(new Error('5.3.4 The mail is too large'), { responseCode: 552 });
    const mail = await PostalMime.parse(raw);
    store.add({
      messageId: mail.messageId ?? '',
      from: mail.from?.address ?? (envelope.mailFrom ? envelope.mailFrom.address : ''),
      recipients: envelope.rcptTo.map((recipient) => recipient.address),
      subject: mail.subject ?? '',
      text: mail.text ?? '',
      html: mail.html ?? '',
      receivedAt: new Date().toISOString(),
    });
    return 'Stored';
  } catch (error) {
    logger.error({ err: error }, 'a mail could not be stored');
    throw error;
  }
}
