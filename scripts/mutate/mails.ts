import type { Random } from "../soak/random.ts";
import { happens, index, mutateBytes, oddText } from "./bytes.ts";

const BOUNDARY = "b1";
const PLAIN = `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nping=20me\r\n`;
const HTML = `Content-Type: text/html; charset="iso-8859-1"\r\n\r\n<p>call <b>svc</b> Ep {&quot;a&quot;:1}</p><blockquote>old</blockquote>\r\n`;
const FILE = `Content-Type: application/pdf; name="=?utf-8?q?a=C3=A4.pdf?="\r\nContent-Disposition: attachment; filename*=utf-8''a%C3%A4.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n`;
const multipart = (kind: string, ...parts: string[]) =>
  `Content-Type: multipart/${kind}; boundary="${BOUNDARY}"\r\n\r\n${parts.map((part) => `--${BOUNDARY}\r\n${part}`).join("")}--${BOUNDARY}--\r\n`;

const BODIES: readonly string[] = [
  `Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n\r\nping\r\n\r\n> Whom?\r\nBob\r\n-- \r\nAlice\r\n`,
  PLAIN,
  HTML,
  multipart("alternative", PLAIN, HTML),
  multipart("mixed", PLAIN, FILE),
  multipart(
    "report; report-type=delivery-status",
    PLAIN,
    "Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n",
  ),
  multipart("mixed", PLAIN, "Content-Type: message/rfc822\r\n\r\nFrom: a@b\r\nSubject: x\r\n\r\ninner\r\n"),
  multipart(
    "alternative",
    PLAIN,
    "Content-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
  ),
];
const HEADERS: readonly string[] = [
  "Content-Type: text/plain; charset=klingon",
  "Content-Type: text/plain; charset=utf-7",
  'Content-Type: multipart/mixed; boundary="',
  "Content-Type: multipart/mixed",
  "Content-Type: x",
  "Content-Transfer-Encoding: base65",
  "Content-Transfer-Encoding: base64",
  "Content-Transfer-Encoding: x-uuencode",
  "Authentication-Results: mx.example.test; dmarc=pass header.from=example.test; spf=(((",
  "Auto-Submitted: auto-replied",
  "References: <a@b> <c@d> <",
  "In-Reply-To: <\u00e4@x>",
  "From: a@b, c@d",
  "From: =?utf-8?b?4pi6?= <a@b",
  "From: group: a@b, c@d;",
  "Subject: =?utf-8?q?=FF=FE?= =?x?y?z?=",
  "Date: x",
  "__proto__: x",
  "constructor: x",
  ": x",
  "Received: from x by y with z; x",
  "List-Id: <x>",
  "MIME-Version: 2.0",
];

/** A mail as it should be. `body` has headers of its own: those of its content. */
export function mailOf(id: string, to: string, body: string): string {
  const headers = [
    "Return-Path: <alice@example.test>",
    "From: Alice <alice@example.test>",
    `To: ${to}`,
    "Subject: Re: =?utf-8?q?a_talk?=",
    `Message-ID: <${id}@example.test>`,
    `Date: ${new Date().toUTCString()}`,
    "MIME-Version: 1.0",
  ];
  return `${headers.join("\r\n")}\r\n${body}`;
}

/** A mail with one to four changes: its lines, headers, boundaries, names of character sets, or bytes. */
export function mutateMail(id: string, to: string, random: Random): Buffer {
  let lines = mailOf(id, to, random.pick(BODIES)).split("\r\n");
  for (let left = 1 + index(4, random); left > 0; left--) lines = change(lines, random);
  const bytes = Buffer.from(lines.join(happens(0.95, random) ? "\r\n" : "\n"));
  return happens(0.3, random) ? mutateBytes(bytes, random) : bytes;
}

function change(lines: readonly string[], random: Random): string[] {
  const at = index(lines.length, random);
  const line = lines[at] ?? "";
  const put = (...texts: string[]) => lines.toSpliced(at, 1, ...texts);
  switch (index(10, random)) {
    case 0:
      return put();
    case 1:
      return put(line, line);
    case 2:
      return put(random.pick(lines));
    case 3:
    case 4:
      return put(random.pick(HEADERS), line);
    case 5:
      return put(oddText(line, random));
    case 6:
      return put(line.slice(0, index(line.length + 1, random)), ` ${line}`);
    case 7:
      return put(line.replaceAll(BOUNDARY, random.pick(["", "b2", "b1--", '"', "b".repeat(200)])));
    case 8:
      return put(...Array.from({ length: 50 }, () => line));
    default:
      return put(line.replace(/[:;=]/u, random.pick(["", " ", "\0", "::"])));
  }
}
