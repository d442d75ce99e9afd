import {
  alternative as alt,
  file,
  flowed,
  html,
  logo,
  mail,
  mixed,
  multipart,
  pdf,
  plain,
  related,
} from "./build.ts";

/** What each mail says: its command; or that it is refused, by a word of the reason; or that it is automatic. */
export type Expected = string | { readonly refused: RegExp } | "AUTOMATIC";
export type Case = readonly [name: string, mail: string, says: Expected];

const typed = '<html><body><div dir="ltr">ping</div></body></html>';
const outlook = `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:0}</style></head>
<body lang="EN-US"><div class="WordSection1"><p class="MsoNormal">ping<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p>
<p class="MsoNormal"><img src="cid:logo.png" alt="Acme Logo"><o:p></o:p></p></div></body></html>`;
const empty = "<html><body><div><br></div></body></html>";
const calendar = (method: string) =>
  `Content-Type: text/calendar; charset=utf-8; method=${method}\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:${method}\r\nEND:VCALENDAR`;
const signature = file("application/pgp-signature", "signature.asc");

/** Where in a mail the text stands. The subject is a command as well, and another one. */
export const PARTS: readonly Case[] = [
  ["plain text", mail(plain("ping")), "ping"],
  ["HTML alone", mail(html(typed)), "ping"],
  ["both", mail(alt(plain("ping"), html(typed))), "ping"],
  ["an empty plain part beside HTML", mail(alt(plain(""), html(typed))), "ping"],
  ["a plain part of spaces beside HTML", mail(alt(plain("\n \u00a0\n"), html(typed))), "ping"],
  [
    "a plain part that says that there is HTML",
    mail(alt(plain("Your mail program cannot show HTML."), html(typed))),
    "ping",
  ],
  ["HTML first, plain last", mail(alt(html(typed), plain(""))), "ping"],
  ["HTML with a logo", mail(related(html(typed), logo)), "ping"],
  ["both with a logo", mail(related(alt(plain(""), html(outlook)), logo)), "ping"],
  ["both, the HTML with a logo", mail(alt(plain(""), related(html(outlook), logo))), "ping"],
  ["HTML with a PDF", mail(mixed(html(typed), pdf)), "ping"],
  ["both with a PDF", mail(mixed(alt(plain(""), html(typed)), pdf)), "ping"],
  ["both with a logo and a PDF", mail(mixed(related(alt(plain(""), html(outlook)), logo), pdf)), "ping"],
  [
    "both with a logo, a PDF, signed",
    mail(multipart("signed", mixed(related(alt(plain(""), html(outlook)), logo), pdf), signature)),
    "ping",
  ],
  ["signed HTML", mail(multipart("signed", html(typed), signature)), "ping"],
  [
    "Apple's HTML around a PDF",
    mail(alt(plain("\n"), mixed(html(typed), pdf, html("<html><body><br></body></html>")))),
    "ping",
  ],
  ["a PDF before HTML", mail(mixed(pdf, html(typed))), "ping"],
  [
    "plain text before a footer in HTML",
    mail(mixed(plain("ping"), html("<p>This e-mail is confidential and intended for you only.</p>"))),
    "ping",
  ],
  ["HTML before a footer in plain text", mail(mixed(html(typed), plain("-- \nthe ops list"))), "ping"],
  [
    "a banner in HTML before plain text",
    mail(mixed(html("<p>CAUTION: This message came from an external sender.</p>"), plain("ping"))),
    "ping",
  ],
  ["parts of parts", mail(mixed(mixed(mixed(related(alt(plain(" "), html(typed))))))), "ping"],
  [
    "HTML for AMP as well",
    mail(alt(plain(""), "Content-Type: text/x-amp-html\r\n\r\n<p>no</p>", html(typed))),
    "ping",
  ],
  [
    "a part of Latin letters",
    mail(
      "Content-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>echo gr=FC=DFe</p>",
    ),
    "echo grüße",
  ],
  ["a part with capitals in its type", mail("Content-Type: TEXT/HTML\r\n\r\n<p>ping</p>"), "ping"],
  ["no type at all", mail("X-Nothing: here\r\n\r\nping"), "ping"],
  ["a root with a name", mail('Content-Type: text/plain; name="body.txt"\r\n\r\nping'), "ping"],

  ["nothing", mail(plain("")), "list services"],
  ["nothing but HTML without words", mail(html(empty)), "list services"],
  [
    "nothing but a logo",
    mail(related(alt(plain("[cid:logo.png]"), html('<p><img src="cid:logo.png" alt="Acme"></p>')), logo)),
    "list services",
  ],
  ["nothing but a PDF", mail(mixed(plain(""), pdf)), "list services"],
  ["a PDF as the whole mail", mail(pdf), "list services"],
  [
    "a text file",
    mail(mixed(plain(""), file("text/plain", "run.txt", "attachment", "ping"))),
    "list services",
  ],
  [
    "a text file shown in place",
    mail(mixed(plain(""), file("text/plain", "run.txt", "inline", "ping"))),
    "list services",
  ],
  [
    "a page as a file",
    mail(mixed(plain(""), file("text/html", "page.html", "attachment", typed))),
    "list services",
  ],
  [
    "a text file after what was typed",
    mail(mixed(html(typed), file("text/plain", "run.txt", "inline", "pong"))),
    "ping",
  ],
  ["notes in markdown as a file", mail(mixed(plain(""), file("text/markdown", "notes.md"))), "list services"],
  ["a calendar as a file", mail(mixed(plain("ping"), file("text/calendar", "a.ics"))), "ping"],

  [
    "an encrypted mail",
    mail(
      multipart(
        'encrypted; protocol="application/pgp-encrypted"',
        "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
        file("application/octet-stream", "encrypted.asc"),
      ),
    ),
    { refused: /encrypted/u },
  ],
  [
    "an S/MIME mail",
    mail(file("application/pkcs7-mime; smime-type=enveloped-data", "smime.p7m")),
    { refused: /encrypted/u },
  ],
  [
    "text encrypted in place",
    mail(plain("-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n")),
    { refused: /encrypted/u },
  ],
  [
    "Outlook's own format",
    mail(mixed(plain(""), file("application/ms-tnef", "winmail.dat"))),
    { refused: /winmail/u },
  ],
  ["rich text", mail("Content-Type: text/enriched\r\n\r\n<bold>ping</bold>"), { refused: /rich text/u }],
  ["markdown as the body", mail("Content-Type: text/markdown\r\n\r\n# ping"), { refused: /markdown/u }],
  ["HTML that is too deep", mail(html(`${"<div>".repeat(3000)}ping`)), { refused: /too deep/u }],
  ["HTML that is too long", mail(html(`<p>${"x".repeat(600_000)}</p>`)), { refused: /too long/u }],
  ["HTML that is too deep, beside plain text", mail(alt(plain("ping"), html("<div>".repeat(3000)))), "ping"],
  [
    "text signed in place",
    mail(
      plain(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nping\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n",
      ),
    ),
    "ping",
  ],

  [
    "a calendar's answer",
    mail(alt(plain(""), calendar("REPLY")), { subject: "Accepted: list services" }),
    "AUTOMATIC",
  ],
  ["a calendar's answer with words", mail(alt(plain("ping"), html(typed), calendar("REPLY"))), "AUTOMATIC"],
  [
    "an invitation",
    mail(mixed(alt(plain("ping"), html(typed), calendar("REQUEST")), file("application/ics", "invite.ics"))),
    "AUTOMATIC",
  ],
  ["an invitation that is withdrawn", mail(calendar("CANCEL")), "AUTOMATIC"],
  [
    "a calendar's answer without its part",
    mail(plain(""), { subject: "Zugesagt: list services" }),
    "AUTOMATIC",
  ],
  [
    "a calendar's answer by its class",
    mail(plain("ping"), { headers: ["Content-Class: urn:content-classes:calendarmessage"] }),
    "AUTOMATIC",
  ],
  ["flowed text", mail(flowed('call svc Ep \n{"a": \n1}\n\nThanks')), 'call svc Ep {"a": 1}'],
];
