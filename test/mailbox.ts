import { ImapFlow } from "imapflow";
import { type ParsedMail, simpleParser } from "mailparser";

export interface MailboxOptions {
  readonly port: number;
  readonly ca: string;
  readonly user: string;
  readonly pass: string;
}

/** All mails of a mailbox, as their reader's program gets them by IMAP. */
export async function mailsIn({ port, ca, user, pass }: MailboxOptions): Promise<ParsedMail[]> {
  const imap = new ImapFlow({
    host: "127.0.0.1",
    port,
    secure: false,
    tls: { ca, servername: "localhost" },
    auth: { user, pass },
    logger: false,
  });
  await imap.connect();
  try {
    await imap.mailboxOpen("INBOX");
    const mails: ParsedMail[] = [];
    for (const { source } of await imap.fetchAll("1:*", { source: true }))
      mails.push(await simpleParser(source!));
    return mails;
  } finally {
    await imap.logout();
  }
}

/** The cells of the table in a mail's HTML, row by row. */
export function cellsOf({ html }: ParsedMail): string[][] {
  const rows = String(html).match(/<tr>.*?<\/tr>/gsu) ?? [];
  return rows.map((row) => [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gsu)].map(([, text]) => text!));
}
