import { ProviderRefusedError, ProviderUnavailableError } from '../../domain/provider-errors.ts';
import type { MaintenanceDependencies } from './dependencies.ts';

/** Causes that one mail tells of. When more come at once the next mails tell them. */
const MOST_IN_A_MAIL = 100;
/** Mails that one run sends: an outage that calls people to thousands of orders is told by some, and by the queue. */
const MOST_MAILS = 3;

/**
 * Writes to operations staff about causes that they were not written to about, at most once about each: it is marked as told
 * before the mail leaves, and only a mail that surely was not sent is taken back. One that may be lost is not sent again,
 * because the queue has everything that it says.
 *
 * @returns how many causes were told
 * @throws DATABASE_UNAVAILABLE (retried)
 */
export async function mailAboutAttention({
  attention,
  opsMail,
  logger,
  progress,
}: Pick<MaintenanceDependencies, 'attention' | 'opsMail' | 'logger' | 'progress'>): Promise<number> {
  if (opsMail === null) return 0;
  let told = 0;
  for (let mails = 0; mails < MOST_MAILS; mails += 1) {
    const mailId = opsMail.newMailId();
    const causes = await attention.claimForMail({ mailId, limit: MOST_IN_A_MAIL });
    if (causes.length === 0) return told;
    progress.alive();
    const isFull = causes.length === MOST_IN_A_MAIL;
    try {
      await opsMail.port.send({
        ...opsMail.render(causes, isFull),
        messageId: `<attention.${mailId}@order-saga>`,
      });
    } catch (error) {
      if (error instanceof ProviderUnavailableError) await attention.unclaimMail(mailId);
      logger.warn(
        { err: error, causes: causes.length, isRefused: error instanceof ProviderRefusedError },
        'operations staff could not be written to; the queue of what calls a person has it all',
      );
      return told;
    }
    told += causes.length;
    if (!isFull) return told;
  }
  return told;
}
