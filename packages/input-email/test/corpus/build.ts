/** Builds mails byte for byte as mail programs write them: a test's own library would write them all alike. */

export interface Shape {
  readonly subject?: string;
  /** More header lines. */
  readonly headers?: readonly string[];
}

export const ALICE = "alice@example.test";
export const BOT = "bot@example.test";

let parts = 0;

/** A text part, quoted-printable as most programs send it. */
export function plain(text: string, type = "text/plain; charset=utf-8"): string {
  return `Content-Type: ${type}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${quotedPrintable(text)}`;
}

/** Plain text whose soft breaks a program marked: RFC 3676. */
export function flowed(text: string, more = ""): string {
  return plain(text, `text/plain; charset=utf-8; format=flowed${more}`);
}

export function html(page: string): string {
  return `Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(page)}`;
}

export function multipart(kind: string, ...children: readonly string[]): string {
  const boundary = `=_part${++parts}`;
  const body = children.map((child) => `--${boundary}\r\n${child}\r\n`).join("");
  return `Content-Type: multipart/${kind}; boundary="${boundary}"\r\n\r\n${body}--${boundary}--\r\n`;
}

export const alternative = (...children: readonly string[]): string => multipart("alternative", ...children);
export const mixed = (...children: readonly string[]): string => multipart("mixed", ...children);
export const related = (...children: readonly string[]): string => multipart("related", ...children);

export function file(type: string, name: string, disposition = "attachment", content = "x"): string {
  return `Content-Type: ${type}; name="${name}"\r\nContent-Disposition: ${disposition}; filename="${name}"\r\nContent-ID: <${name}>\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(content)}`;
}

export const pdf: string = file("application/pdf", "minutes.pdf");
export const logo: string = file("image/png", "logo.png", "inline");

/** A whole mail around a body of the above. */
export function mail(body: string, { subject = "list services", headers = [] }: Shape = {}): string {
  const head = [
    `From: Alice <${ALICE}>`,
    `To: ${BOT}`,
    `Subject: ${/^[\x20-\x7e]*$/u.test(subject) ? subject : `=?utf-8?B?${Buffer.from(subject).toString("base64")}?=`}`,
    "Message-ID: <one@example.test>",
    "Date: Tue, 24 Nov 2026 09:00:00 +0000",
    "MIME-Version: 1.0",
    ...headers,
  ];
  return `${head.join("\r\n")}\r\n${body}`;
}

/** In a thread, as programs say it. */
export const THREAD: readonly string[] = [
  "In-Reply-To: <micro.0@example.test>",
  "References: <zero@example.test> <micro.0@example.test>",
];

function base64(text: string): string {
  return Buffer.from(text).toString("base64").replace(/.{76}/gu, "$&\r\n");
}

function quotedPrintable(text: string): string {
  return text
    .split(/\r?\n/u)
    .map((line) => {
      const codes = [...Buffer.from(line)].map((byte, at, all) =>
        (byte >= 33 && byte <= 126 && byte !== 61) || (byte === 32 && at < all.length - 1)
          ? String.fromCharCode(byte)
          : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`,
      );
      const lines: string[] = [""];
      for (const code of codes) {
        if (lines.at(-1)!.length + code.length > 75) lines.push("");
        lines[lines.length - 1] += code;
      }
      return lines.join("=\r\n");
    })
    .join("\r\n");
}
