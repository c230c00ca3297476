/** The mails that were accepted, in SQLite; each acceptance is an item of its own. */
import { z } from 'zod';
import { openStore } from '../shared/store.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS mails (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    -- As in the header, with its angle brackets; empty when the mail had none.
    message_id  TEXT NOT NULL,
    sender      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    text        TEXT NOT NULL,
    html        TEXT NOT NULL,
    received_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS mails_by_message_id ON mails (message_id);
  CREATE TABLE IF NOT EXISTS recipients (
    mail_id INTEGER NOT NULL REFERENCES mails,
    address TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (mail_id, address)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS recipients_by_address ON recipients (address, mail_id);
`;

/** A mail as `GET /api/messages` answers it. */
export interface StoredMail {
  readonly id: string;
  readonly messageId: string;
  readonly from: string;
  /** Envelope recipients, joined by `, `. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** RFC 3339 UTC */
  readonly receivedAt: string;
}

const mailRow = z
  .object({
    id: z.number(),
    message_id: z.string(),
    sender: z.string(),
    recipients: z.string(),
    subject: z.string(),
    text: z.string(),
    html: z.string(),
    received_at: z.string(),
  })
  .transform((row): StoredMail => ({
    id: String(row.id),
    messageId: row.message_id,
    from: row.sender,
    to: row.recipients,
    subject: row.subject,
    text: row.text,
    html: row.html,
    receivedAt: row.received_at,
  }));

const SELECT_MAIL = `
  SELECT m.*, (SELECT group_concat(address, ', ') FROM recipients WHERE mail_id = m.id) AS recipients FROM mails m`;

const overviewRow = z
  .object({
    id: z.number(),
    subject: z.string(),
    recipients: z.string(),
    received_at: z.string(),
    same: z.number(),
  })
  .transform((row) => ({
    id: String(row.id),
    subject: row.subject,
    to: row.recipients,
    receivedAt: row.received_at,
    sameMessageId: row.same,
  }));

export type MailStore = ReturnType<typeof openMailStore>;
export function openMailStore(file: string) {
  const store = openStore(file, SCHEMA);
  return {
    /** Keeps a mail; durable when it returns. */
    add(mail: Omit<StoredMail, 'id' | 'to'> & { readonly recipients: readonly string[] }): void {
      store.atomically(() => {
        const made = store.first(
          z.object({ id: z.number() }),
          `INSERT INTO mails (message_id, sender, subject, text, html, received_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
          mail.messageId,
          mail.from,
          mail.subject,
          mail.text,
          mail.html,
          mail.receivedAt,
        );
        for (const address of mail.recipients)
          store.run(
            'INSERT INTO recipients (mail_id, address) VALUES (?, ?) ON CONFLICT DO NOTHING',
            made?.id ?? null,
            address,
          );
      });
    },
    /**
     * The newest first.
     * @param filter.to an envelope recipient, whatever its case
     * @param filter.messageId with or without angle brackets
     */
    list(filter: {
      readonly to?: string | undefined;
      readonly messageId?: string | undefined;
      readonly limit: number;
    }): StoredMail[] {
      return store.all(
        mailRow,
        `${SELECT_MAIL}
         WHERE (?1 IS NULL OR m.id IN (SELECT mail_id FROM recipients WHERE address = ?1))
           AND (?2 IS NULL OR m.message_id = ?2)
         ORDER BY m.id DESC LIMIT ?3`,
        filter.to ?? null,
        filter.messageId === undefined ? null : withBrackets(filter.messageId),
        filter.limit,
      );
    },
    byId: (id: number): StoredMail | null => store.first(mailRow, `${SELECT_MAIL} WHERE m.id = ?`, id),
    /** What the page lists: without bodies, with how many mails have the same Message-ID. */
    overview: (limit: number) => ({
      total: store.first(z.object({ total: z.number() }), 'SELECT count(*) AS total FROM mails')?.total ?? 0,
      items: store.all(
        overviewRow,
        `SELECT m.id, m.subject, m.received_at,
           (SELECT group_concat(address, ', ') FROM recipients WHERE mail_id = m.id) AS recipients,
           (SELECT count(*) FROM mails same WHERE same.message_id = m.message_id AND m.message_id <> '') AS same
         FROM mails m ORDER BY m.id DESC LIMIT ?`,
        limit,
      ),
    }),
    close: () => store.close(),
  };
}

function withBrackets(messageId: string): string {
  return `<${messageId.replace(/^</, '').replace(/>$/, '')}>`;
}
