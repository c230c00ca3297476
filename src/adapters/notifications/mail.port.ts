/** What the order service needs of a mail transport. */
export interface OutgoingMail {
  /** RFC 5322 Message-ID, derived from (order, template, version), the same on every attempt. */
  readonly messageId: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface MailPort {
  /**
   * @throws ProviderUnavailableError when it surely was not accepted, OutcomeUnknownError when it may have been,
   *   ProviderRefusedError when the server refuses this mail for good, for example because the mailbox does not exist
   */
  send(mail: OutgoingMail): Promise<void>;
  /**
   * Whether a mail with this Message-ID was accepted. `unknown` where the transport cannot tell, as plain SMTP cannot.
   * @throws ProviderUnavailableError when whoever can tell does not answer now
   */
  find(messageId: string): Promise<'accepted' | 'not_found' | 'unknown'>;
}
