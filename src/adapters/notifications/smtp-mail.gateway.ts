/**
 * The mail port over SMTP, with a pool of connections.
 *
 * What a failure means follows from how far the message got. Until the first byte of it was handed to the server, it
 * surely was not accepted; from then on only the server's own answer tells.
 */
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import {
  OutcomeUnknownError,
  ProviderRefusedError,
  ProviderUnavailableError,
} from '../../domain/provider-errors.ts';
import type { MailPort } from './mail.port.ts';

export interface SmtpMailGatewayOptions {
  /** `smtp://host:port` or `smtps://user:password@host:port` */
  readonly smtpUrl: string;
  /** The From header, for example `Order desk <orders@example.com>`. */
  readonly from: string;
  /** Base address of a server that answers `GET /api/messages?messageId=`, as the mail sink does; plain SMTP cannot tell. */
  readonly lookupUrl?: string | undefined;
  /** For one mail or look-up, milliseconds. */
  readonly timeoutMs: number;
}

export interface SmtpMailGateway extends MailPort {
  /** Ends the idle connections; those under way finish their mail first. */
  close(): void;
}

const smtpFailure = z.object({
  code: z.string().optional(),
  /** The system's own code behind `code`, for example ECONNREFUSED. */
  originalCode: z.string().optional(),
  responseCode: z.number().optional(),
});
const lookupReply = z.object({ items: z.array(z.object({ messageId: z.string() })) });

/** Errors as the port says. Nothing is retried here once the server can have seen the message. */
export function createSmtpMailGateway(options: SmtpMailGatewayOptions): SmtpMailGateway {
  const transport = createTransport({
    url: options.smtpUrl,
    pool: true,
    // Shorter than servers wait, so that they don't hang up while we hand a mail over.
    idleTimeout: 10_000,
    connectionTimeout: options.timeoutMs,
    greetingTimeout: options.timeoutMs,
    socketTimeout: options.timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  /** The streams from which each mail was to be read, one for each connection that it was tried on. */
  const streamsOf = new WeakMap<AbortSignal, { readonly readableDidRead: boolean }[]>();
  transport.use('stream', (mail, done) => {
    const { message } = mail;
    const streams = mail.data.signal && streamsOf.get(mail.data.signal);
    if (!streams) return done(new Error('A mail without a record of its attempts cannot be judged'));
    const createReadStream = message.createReadStream.bind(message);
    message.createReadStream = (streamOptions) => {
      const stream = createReadStream(streamOptions);
      streams.push(stream);
      return stream;
    };
    done();
  });

  return {
    async send(mail) {
      const signal = AbortSignal.timeout(options.timeoutMs);
      const streams: { readonly readableDidRead: boolean }[] = [];
      streamsOf.set(signal, streams);
      try {
        // As an object, so that an address with a comma in it doesn't become two.
        const to = { name: '', address: mail.to };
        await transport.sendMail({ ...mail, from: options.from, to, signal });
      } catch (error) {
        throw failureOf(
          error,
          streams.some((stream) => stream.readableDidRead),
        );
      }
    },
    async find(messageId) {
      if (options.lookupUrl === undefined) return 'unknown';
      return lookUp(options.lookupUrl, messageId, options.timeoutMs);
    },
    close: () => transport.close(),
  };
}

/** @param wasHandedOver whether any byte of the message was given to a server */
function failureOf(error: unknown, wasHandedOver: boolean): Error {
  const parsed = smtpFailure.safeParse(error);
  const { code, originalCode, responseCode } = parsed.success ? parsed.data : {};
  const reason =
    [originalCode ?? code, responseCode].filter((part) => part !== undefined).join(' ') || 'no reason';
  // The error itself is left out: servers like to repeat the address in their answers.
  const isAnswer = code === 'EENVELOPE' || code === 'EMESSAGE';
  if (isAnswer && responseCode !== undefined && responseCode >= 500 && responseCode !== 503)
    return new ProviderRefusedError(`smtp_${responseCode}`, `The mail server refused the mail (${reason})`);
  const wasRefusedForNow = isAnswer && responseCode !== undefined && responseCode >= 400;
  if (wasHandedOver && !wasRefusedForNow)
    return new OutcomeUnknownError(`The mail server did not say whether it took the mail (${reason})`);
  return new ProviderUnavailableError(`The mail server did not take the mail (${reason})`);
}

/** @throws ProviderUnavailableError when the look-up is not answered: a later one can be */
async function lookUp(
  baseUrl: string,
  messageId: string,
  timeoutMs: number,
): Promise<'accepted' | 'not_found'> {
  const query = new URLSearchParams({ messageId, limit: '1' });
  try {
    const response = await fetch(`${baseUrl.replace(/\/+$/, '')}/api/messages?${query}`, {
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const { items } = lookupReply.parse(await response.json());
    return items.length > 0 ? 'accepted' : 'not_found';
  } catch (error) {
    throw new ProviderUnavailableError('The mail look-up was not answered', { cause: error });
  }
}
