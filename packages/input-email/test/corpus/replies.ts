import { alternative, flowed, html, mail, plain, THREAD } from "./build.ts";
import type { Case } from "./parts.ts";

/** What programs write above the text that they quote with marks, by language. Long ones are broken as they break them. */
export const ATTRIBUTIONS: Readonly<Record<string, string>> = {
  "English, Gmail": "On Tue, Nov 24, 2026 at 9:00 AM Bot <bot@example.test> wrote:",
  "English, Gmail, broken":
    "On Tue, Nov 24, 2026 at 9:00 AM The Bot of Operations <bot@example.test>\nwrote:",
  "English, Apple": "On Nov 24, 2026, at 09:00, Bot <bot@example.test> wrote:",
  "English, Thunderbird": "On 11/24/26 9:00 AM, Bot wrote:",
  "English, Proton": "On Tuesday, November 24th, 2026 at 9:00 AM, Bot <bot@example.test> wrote:",
  "English, mutt": "On Tue, Nov 24, 2026 at 09:00:00AM +0000, Bot wrote:",
  "English, Outlook for Mac": 'On 11/24/26, 9:00 AM, "Bot" <bot@example.test> wrote:',
  "English, Zoho": "---- On Tue, 24 Nov 2026 09:00:00 +0000 Bot <bot@example.test> wrote ----",
  "English, Notes": "Bot <bot@example.test> wrote on 11/24/2026 09:00:00 AM:",
  "English, Gnus": "Bot <bot@example.test> writes:",
  "English, broken thrice":
    "On Tuesday, 24 November 2026 at 09:00,\nThe Bot of Operations\n<bot@example.test>\nwrote:",
  "English, without a colon": "On Tue, 24 Nov 2026 09:00:00 -0200 Bot <bot@example.test> wrote",
  "Norwegian, Gmail, broken": "tir. 24. nov. 2026 kl. 09:00 skrev The Bot <bot@example.test\n>:",
  "Finnish, Gmail, broken": "ti 24. marraskuuta 2026 klo 9.00 The Bot\n<bot@example.test> kirjoitti:",
  "German, Gmail": "Am Di., 24. Nov. 2026 um 09:00 Uhr schrieb Bot <bot@example.test>:",
  "German, Gmail, broken": "Am Di., 24. Nov. 2026 um 09:00 Uhr schrieb Bot <\nbot@example.test>:",
  "German, Thunderbird": "Am 24.11.26 um 09:00 schrieb Bot:",
  "German, Apple": "Am 24.11.2026 um 09:00 schrieb Bot <bot@example.test>:",
  "French, Gmail": "Le mar. 24 nov. 2026 à 09:00, Bot <bot@example.test> a écrit :",
  "French, Apple": "Le 24 nov. 2026 à 09:00, Bot <bot@example.test> a écrit :",
  "Spanish, Gmail": "El mar, 24 nov 2026 a las 9:00, Bot (<bot@example.test>) escribió:",
  "Spanish, Thunderbird": "El 24/11/26 a las 9:00, Bot escribió:",
  "Italian, Gmail": "Il giorno mar 24 nov 2026 alle ore 09:00 Bot <bot@example.test> ha scritto:",
  "Italian, Thunderbird": "Il 24/11/26 09:00, Bot ha scritto:",
  "Portuguese, Gmail": "Em ter., 24 de nov. de 2026 às 09:00, Bot <bot@example.test> escreveu:",
  "Dutch, Gmail": "Op di 24 nov 2026 om 09:00 schreef Bot <bot@example.test>:",
  "Dutch, Apple": "Op 24 nov. 2026 om 09:00 heeft Bot <bot@example.test> het volgende geschreven:",
  "Swedish, Gmail": "Den tis 24 nov. 2026 kl 09:00 skrev Bot <bot@example.test>:",
  "Swedish, Apple": "24 nov. 2026 kl. 09:00 skrev Bot <bot@example.test>:",
  "Danish, Gmail": "Den tirs. 24. nov. 2026 kl. 09.00 skrev Bot <bot@example.test>:",
  "Norwegian, Gmail": "tir. 24. nov. 2026 kl. 09:00 skrev Bot <bot@example.test>:",
  "Finnish, Gmail": "ti 24. marrask. 2026 klo 9.00 Bot (bot@example.test) kirjoitti:",
  "Polish, Gmail": "wt., 24 lis 2026 o 09:00 Bot <bot@example.test> napisał(a):",
  "Polish, Thunderbird": "W dniu 24.11.2026 o 09:00, Bot pisze:",
  "Czech, Gmail": "út 24. 11. 2026 v 9:00 odesílatel Bot <bot@example.test> napsal:",
  "Slovak, Gmail": "ut 24. 11. 2026 o 9:00 Bot <bot@example.test> napísal(a):",
  "Hungarian, Gmail": "Bot <bot@example.test> ezt írta (időpont: 2026. nov. 24., K, 9:00):",
  "Romanian, Gmail": "În mar., 24 nov. 2026 la 09:00, Bot <bot@example.test> a scris:",
  "Turkish, Gmail": "Bot <bot@example.test>, 24 Kas 2026 Sal, 09:00 tarihinde şunu yazdı:",
  "Greek, Gmail": "Στις Τρί 24 Νοε 2026 στις 9:00 π.μ., ο χρήστης Bot <bot@example.test> έγραψε:",
  "Russian, Gmail": "вт, 24 нояб. 2026 г. в 09:00, Bot <bot@example.test>:",
  "Russian, Thunderbird": "24.11.2026 09:00, Bot пишет:",
  "Russian, Mail.ru": "Вторник, 24 ноября 2026, 9:00 +03:00 от Bot <bot@example.test>:",
  "Ukrainian, Gmail": "вт, 24 лист. 2026 р. о 09:00 Bot <bot@example.test> пише:",
  "Hebrew, Gmail": "‫בתאריך יום ג׳, 24 בנוב׳ 2026 ב-9:00 מאת ‪Bot‬‏ <‪bot@example.test‬‏>:‬",
  "Arabic, Gmail": "في الثلاثاء، 24 نوفمبر 2026 في 9:00 ص تمت كتابة ما يلي بواسطة Bot <bot@example.test>:",
  "Chinese, Gmail": "Bot <bot@example.test> 于2026年11月24日周二 09:00写道：",
  "Chinese, Apple": "在 2026年11月24日，09:00，Bot <bot@example.test> 写道：",
  "Chinese of Taiwan, Gmail": "Bot <bot@example.test> 於 2026年11月24日 週二 上午9:00寫道：",
  "Japanese, Gmail": "2026年11月24日(火) 9:00 Bot <bot@example.test>:",
  "Japanese, Apple": "2026/11/24 9:00、Bot <bot@example.test>のメール:",
  "Korean, Gmail": "2026년 11월 24일 (화) 오전 9:00, Bot <bot@example.test>님이 작성:",
  "Vietnamese, Gmail": "Vào Th 3, 24 thg 11, 2026 vào lúc 09:00 Bot <bot@example.test> đã viết:",
  "Catalan, Gmail": "Missatge de Bot <bot@example.test> del dia dt., 24 de nov. 2026 a les 9:00:",
};

/** What programs put above text that they quote without marks: all below is quoted. */
export const BLOCKS: Readonly<Record<string, string>> = {
  "Outlook, English":
    "From: Bot <bot@example.test>\nSent: Tuesday, November 24, 2026 9:00 AM\nTo: Alice\nSubject: RE: list services",
  "Outlook, with a line":
    "________________________________\nFrom: Bot <bot@example.test>\nSent: Tuesday, November 24, 2026 9:00 AM\nTo: Alice",
  "Outlook, old": "-----Original Message-----\nFrom: Bot [mailto:bot@example.test]\nSent: Tuesday",
  "Outlook, bold": "*From:* Bot <bot@example.test>\n*Sent:* Tuesday\n*To:* Alice",
  "Outlook, German":
    "Von: Bot <bot@example.test>\nGesendet: Dienstag, 24. November 2026 09:00\nAn: Alice\nBetreff: AW: list services",
  "Outlook, German, old": "-----Ursprüngliche Nachricht-----\nVon: Bot\nGesendet: Dienstag",
  "Outlook, French":
    "De : Bot <bot@example.test>\nEnvoyé : mardi 24 novembre 2026 09:00\nÀ : Alice\nObjet : RE: list services",
  "Outlook, Spanish":
    "De: Bot <bot@example.test>\nEnviado el: martes, 24 de noviembre de 2026 9:00\nPara: Alice\nAsunto: RE: list services",
  "Outlook, Italian":
    "Da: Bot <bot@example.test>\nInviato: martedì 24 novembre 2026 09:00\nA: Alice\nOggetto: R: list services",
  "Outlook, Portuguese":
    "De: Bot <bot@example.test>\nEnviada em: terça-feira, 24 de novembro de 2026 09:00\nPara: Alice\nAssunto: RES: list services",
  "Outlook, Dutch":
    "Van: Bot <bot@example.test>\nVerzonden: dinsdag 24 november 2026 09:00\nAan: Alice\nOnderwerp: RE: list services",
  "Outlook, Swedish":
    "Från: Bot <bot@example.test>\nSkickat: den 24 november 2026 09:00\nTill: Alice\nÄmne: SV: list services",
  "Outlook, Danish":
    "Fra: Bot <bot@example.test>\nSendt: 24. november 2026 09:00\nTil: Alice\nEmne: SV: list services",
  "Outlook, Finnish":
    "Lähettäjä: Bot <bot@example.test>\nLähetetty: tiistai 24. marraskuuta 2026 9.00\nVastaanottaja: Alice\nAihe: VS: list services",
  "Outlook, Polish":
    "Od: Bot <bot@example.test>\nWysłano: wtorek, 24 listopada 2026 09:00\nDo: Alice\nTemat: ODP: list services",
  "Outlook, Czech":
    "Od: Bot <bot@example.test>\nOdesláno: úterý 24. listopadu 2026 9:00\nKomu: Alice\nPředmět: RE: list services",
  "Outlook, Russian":
    "От: Bot <bot@example.test>\nОтправлено: 24 ноября 2026 г. 9:00\nКому: Alice\nТема: RE: list services",
  "Outlook, Turkish":
    "Kimden: Bot <bot@example.test>\nGönderilme Tarihi: 24 Kasım 2026 Salı 09:00\nKime: Alice\nKonu: RE: list services",
  "Outlook, Chinese":
    "发件人: Bot <bot@example.test>\n发送时间: 2026年11月24日 9:00\n收件人: Alice\n主题: 回复: list services",
  "Outlook, Japanese":
    "差出人: Bot <bot@example.test>\n送信日時: 2026年11月24日 9:00\n宛先: Alice\n件名: RE: list services",
  "Outlook, Korean":
    "보낸 사람: Bot <bot@example.test>\n보낸 날짜: 2026년 11월 24일 화요일 오전 9:00\n받는 사람: Alice\n제목: RE: list services",
  Samsung:
    "-------- Original message --------\nFrom: Bot <bot@example.test>\nDate: 24/11/2026 09:00 (GMT+00:00)\nTo: Alice",
  "Thunderbird's forward":
    "-------- Forwarded Message --------\nSubject: list services\nDate: Tue, 24 Nov 2026 09:00:00 +0000\nFrom: Bot <bot@example.test>",
  "Gmail's forward":
    "---------- Forwarded message ---------\nFrom: Bot <bot@example.test>\nDate: Tue, Nov 24, 2026 at 9:00 AM\nSubject: list services",
  "Gmail's forward, German":
    "---------- Forwarded message ---------\nVon: Bot <bot@example.test>\nDate: Di., 24. Nov. 2026 um 09:00 Uhr",
  "Apple's forward": "Begin forwarded message:\n\nFrom: Bot <bot@example.test>\nSubject: list services",
  "Apple's forward, German":
    "Anfang der weitergeleiteten Nachricht:\n\nVon: Bot <bot@example.test>\nBetreff: list services",
  "Apple's forward, French":
    "Début du message réexpédié :\n\nDe: Bot <bot@example.test>\nObjet: list services",
  "Yahoo, without marks": "On Tuesday, November 24, 2026 at 09:00:00 AM UTC, Bot <bot@example.test> wrote:",
};

/** What phones and programs add by themselves. */
export const PHONES: readonly string[] = [
  "Sent from my iPhone",
  "Sent from my iPad",
  "Sent from my mobile device, please excuse typos",
  "Sent from Outlook for Android",
  "Sent from Outlook for iOS<https://aka.ms/o0ukef>",
  "Get Outlook for iOS<https://aka.ms/o0ukef>",
  "Get Outlook for Android",
  "Sent from my Galaxy",
  "Sent from my Samsung Galaxy smartphone.",
  "Sent from my Verizon, Samsung Galaxy smartphone",
  "Sent from Gmail Mobile",
  "Sent from Yahoo Mail for iPhone",
  "Sent from Mail for Windows",
  "Sent with Proton Mail secure email.",
  "Sent via BlackBerry from T-Mobile",
  "Please excuse brevity and typos",
  "Von meinem iPhone gesendet",
  "Von meinem Samsung Galaxy Smartphone gesendet.",
  "Gesendet von Outlook für Android",
  "Gesendet mit der GMX Mail App",
  "Diese Nachricht wurde von meinem Android-Gerät mit GMX Mail gesendet.",
  "Outlook für Android beziehen",
  "Envoyé de mon iPhone",
  "Envoyé depuis mon appareil Galaxy",
  "Envoyé à partir de Outlook pour Android",
  "Télécharger Outlook pour Android",
  "Enviado desde mi iPhone",
  "Enviado desde Outlook para Android",
  "Obtener Outlook para Android",
  "Inviato da iPhone",
  "Inviato dal mio Galaxy",
  "Scarica Outlook per Android",
  "Enviado do meu iPhone",
  "Obter o Outlook para Android",
  "Verstuurd vanaf mijn iPhone",
  "Verzonden vanuit Outlook voor Android",
  "Skickat från min iPhone",
  "Hämta Outlook för Android",
  "Sendt fra min iPhone",
  "Hent Outlook til Android",
  "Lähetetty iPhonesta",
  "Hanki Outlook for Android",
  "Wysłane z iPhone'a",
  "Pobierz aplikację Outlook dla systemu Android",
  "Odesláno z iPhonu",
  "Отправлено с iPhone",
  "Получить Outlook для Android",
  "iPhone'umdan gönderildi",
  "Android için Outlook'u edinin",
  "iPhoneから送信",
  "发自我的 iPhone",
  "나의 iPhone에서 보냄",
];

/** What gateways put above. */
export const BANNERS: readonly string[] = [
  "[EXTERNAL]",
  "[EXTERNAL EMAIL]",
  "*** EXTERNAL ***",
  "*EXTERNAL EMAIL*",
  "EXTERNAL EMAIL:",
  "[EXTERN]",
  "⚠ EXTERNAL SENDER ⚠",
  "CAUTION: This email originated from outside of the organization. Do not click links or open attachments unless you recognize the sender and know the content is safe.",
  "CAUTION: External email.",
  "This message came from outside Example Ltd.",
  "WARNING - This e-mail is from an external sender",
  "You don't often get email from alice@example.test. Learn why this is important",
  "ACHTUNG: Diese E-Mail kommt von einem externen Absender.",
  "Diese Nachricht wurde außerhalb unserer Organisation verfasst.",
  "Sie erhalten nicht häufig E-Mails von alice@example.test.",
  "ATTENTION : ce courriel provient d'un expéditeur externe.",
  "Cet e-mail provient de l'extérieur de l'organisation.",
  "ATENCIÓN: este correo proviene de un remitente externo.",
  "ATTENZIONE: questa e-mail proviene da un mittente esterno.",
  "ATENÇÃO: esta mensagem veio de um remetente externo.",
  "LET OP: deze e-mail komt van een externe afzender.",
  "VARNING: detta mejl kommer från en extern avsändare.",
  "ADVARSEL: denne e-mail kommer fra en ekstern afsender.",
  "UWAGA: ta wiadomość pochodzi spoza organizacji, od zewnętrznego nadawcy.",
  "警告：外部邮件",
  "-- External Email --",
  "##- Please type your reply above this line -##",
];

/** What lawyers and scanners put below. */
export const FOOTERS: readonly string[] = [
  "This e-mail and any attachments are confidential and intended solely for the addressee.",
  "CONFIDENTIALITY NOTICE: The contents of this e-mail are privileged.",
  "Disclaimer: the views in this mail are mine.",
  "If you have received this message in error, please delete it.",
  "Please consider the environment before printing this e-mail.",
  "Virus-free. www.avast.com",
  "This email has been checked for viruses by Avast antivirus software.",
  "Diese E-Mail enthält vertrauliche Informationen.",
  "Ce message est confidentiel et destiné à son seul destinataire.",
  "Este mensaje contiene información confidencial.",
  "Questo messaggio contiene informazioni riservate.",
  "Esta mensagem é confidencial e destina-se ao seu destinatário.",
  "Dit bericht is vertrouwelijk en uitsluitend bestemd voor de geadresseerde.",
  "Detta meddelande är avsett endast för mottagaren.",
  "Denne e-mail er fortrolig.",
  "Tämä viesti on luottamuksellinen.",
  "Ta wiadomość jest poufna.",
  "Данное сообщение конфиденциально.",
  "本邮件内容保密。",
];

const REFUSED = { refused: /no words of yours/u };
const reply = (body: string, subject = "Re: list services") => mail(body, { subject, headers: THREAD });
const asReply = (text: string) => reply(plain(text));
const gmail = (above: string, quoted: string, below = "") =>
  `<html><body><div dir="ltr">${above}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">tiistaina Bot &lt;bot@example.test&gt; jotain:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">${quoted}</blockquote>${below}</div></body></html>`;
const outlook = (above: string, quoted: string) =>
  `<html><body><div class="elementToProof">${above}</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri"><b>Feladja:</b> Bot<br><b>Ekkor:</b> kedd<br></font><div>&nbsp;</div></div><div>${quoted}</div></body></html>`;

/** Answers, as programs build them. */
export const REPLIES: readonly Case[] = [
  ["Gmail, above the quote", reply(html(gmail("Bob", "Whom?"))), "Bob"],
  ["Gmail, below the quote", reply(html(gmail("", "Whom?", "<div>Bob</div>"))), "Bob"],
  [
    "Gmail, between quotes",
    reply(
      html(
        gmail(
          "",
          "Whom?",
          '<div><br></div><div>Bob</div><blockquote class="gmail_quote" style="border-left:1px solid">When?</blockquote>',
        ),
      ),
    ),
    "Bob",
  ],
  ["Gmail, nothing typed", reply(html(gmail("<br>", "ping"))), REFUSED],
  [
    "Gmail, a signature and nothing typed",
    reply(
      html(
        gmail(
          '<br clear="all"><div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature">Alice<br>Head of ping</div>',
          "ping",
        ),
      ),
    ),
    REFUSED,
  ],
  [
    "Gmail, both parts, nothing typed",
    reply(alternative(plain("tiistaina Bot jotain kirjaili\nping"), html(gmail("<br>", "ping")))),
    REFUSED,
  ],
  [
    "Gmail, indented words",
    mail(
      html(
        '<div dir="ltr"><blockquote style="margin:0 0 0 40px;border:none;padding:0px">ping</blockquote></div>',
      ),
    ),
    "ping",
  ],
  ["Outlook, above the quote", reply(html(outlook("Bob", "Whom?"))), "Bob"],
  ["Outlook, nothing typed, in a language that nobody listed", reply(html(outlook("<br>", "ping"))), REFUSED],
  [
    "Outlook, with a line above the headers",
    reply(
      html(
        '<div class="WordSection1"><p class="MsoNormal">Bob<o:p></o:p></p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal"><b>From:</b> Bot &lt;bot@example.test&gt; <br><b>Sent:</b> Tuesday<br><b>To:</b> Alice<o:p></o:p></p></div><p class="MsoNormal">Whom?<o:p></o:p></p></div>',
      ),
    ),
    "Bob",
  ],
  [
    "Outlook, quoted once more by Outlook",
    reply(
      html(
        '<div class="elementToProof">Bob</div><div id="x_appendonsend"></div><div id="x_divRplyFwdMsg"><b>Tőle:</b> Bot</div><div>Whom?</div>',
      ),
    ),
    "Bob",
  ],
  [
    "Apple, below the quote",
    reply(
      html(
        '<html><body><blockquote type="cite"><div>On 24 Nov 2026, at 09:00, Bot &lt;bot@example.test&gt; wrote:</div><br><div>Whom?</div></blockquote><br><div>Bob</div></body></html>',
      ),
    ),
    "Bob",
  ],
  [
    "Apple, between quotes",
    reply(
      html(
        '<html><body><blockquote type="cite"><div>Whom?</div></blockquote><div>Bob</div><blockquote type="cite"><div>When?</div></blockquote><div>Now</div></body></html>',
      ),
    ),
    "Bob",
  ],
  [
    "iPhone, above the quote",
    reply(
      alternative(
        plain(
          "Bob\n\nSent from my iPhone\n\n> On Nov 24, 2026, at 09:00, Bot <bot@example.test> wrote:\n> \n> Whom?",
        ),
        html(
          '<html><body>Bob<br><br><div dir="ltr">Sent from my iPhone</div><div dir="ltr"><br><blockquote type="cite">On Nov 24, 2026, Bot wrote:<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">Whom?</div></blockquote></body></html>',
        ),
      ),
    ),
    "Bob",
  ],
  [
    "iPhone, nothing typed",
    reply(
      plain(
        "\n\nSent from my iPhone\n\n> On Nov 24, 2026, at 09:00, Bot <bot@example.test> wrote:\n> \n> ping",
      ),
    ),
    REFUSED,
  ],
  ["iPhone, typed below its signature", mail(plain("Sent from my iPhone\n\nping")), "ping"],
  [
    "Thunderbird, below the quote",
    reply(
      html(
        '<html><body><div class="moz-cite-prefix">24.11.26 09:00 keltezéssel, Bot:<br></div><blockquote type="cite" cite="mid:x"><pre class="moz-quote-pre" wrap="">Whom?</pre></blockquote><p>Bob</p><div class="moz-signature">-- <br>Alice</div></body></html>',
      ),
    ),
    "Bob",
  ],
  [
    "Thunderbird, flowed, below the quote",
    reply(flowed("On 11/24/26 9:00 AM, Bot wrote:\n> Whom?\n> \n\nBob\n\n-- \nAlice")),
    "Bob",
  ],
  [
    "Yahoo, nothing typed",
    reply(
      html(
        '<div class="yahoo-style-wrap"><div><br></div></div><div id="yahoo_quoted_1" class="yahoo_quoted"><div><div>mardi, Bot:</div><div>ping</div></div></div>',
      ),
    ),
    REFUSED,
  ],
  [
    "Proton, above the quote",
    reply(
      html(
        '<div>Bob</div><div class="protonmail_signature_block"><div class="protonmail_signature_block-proton">Sent with Proton Mail.</div></div><div class="protonmail_quote">On Tuesday, Bot &lt;bot@example.test&gt; wrote:<br><blockquote class="protonmail_quote" type="cite">Whom?</blockquote></div>',
      ),
    ),
    "Bob",
  ],
  [
    "mutt, below the quote",
    asReply("On Tue, Nov 24, 2026 at 09:00:00AM +0000, Bot wrote:\n> Whom?\n\nBob\n-- \nAlice"),
    "Bob",
  ],
  [
    "a signature above the quote, words below it",
    asReply("-- \nAlice\nHead of ping\n\nOn 24.11.26 09:00, Bot wrote:\n> Whom?\n\nBob"),
    "Bob",
  ],
  ["initials before the marks", asReply("BB> Whom?\nBob"), "Bob"],
  [
    "a footer of the company below the quote",
    asReply("> Whom?\n\nBob\n\nThis e-mail is confidential and intended for you."),
    "Bob",
  ],
  [
    "an unmarked rest of a long quoted line",
    asReply("> This is what the bot had to say about the services that are there and about\nthe others\n"),
    { refused: /cannot tell your words/u },
  ],
  [
    "an unmarked rest of a long quoted line, then words",
    asReply(
      "> This is what the bot had to say about the services that are there and about\nthe others\n\nBob",
    ),
    { refused: /cannot tell your words/u },
  ],
  [
    "words above, and an unmarked rest of a quoted line",
    asReply(
      "Bob\n\n> This is what the bot had to say about the services that are there and about\nthe others\n",
    ),
    "Bob",
  ],
  ["a quote and no header that says so", mail(plain("> Whom?")), REFUSED],
  ["In-Reply-To alone, nothing typed", mail(plain(""), { headers: THREAD.slice(0, 1) }), REFUSED],
  ["References alone, nothing typed", mail(plain(""), { headers: THREAD.slice(1) }), REFUSED],
  ["a signature alone in an answer", asReply("-- \nAlice"), REFUSED],
  ...[
    "Re: ",
    "RE: ",
    "AW: ",
    "SV: ",
    "RE[2]: ",
    "Re^2: ",
    "Re (3): ",
    "R: ",
    "RES: ",
    "Antw: ",
    "VS: ",
    "Odp: ",
    "YNT: ",
    "回复: ",
    "答复：",
    "Fwd: ",
    "FW: ",
    "WG: ",
    "TR: ",
    "RV: ",
    "Doorst: ",
    "VB: ",
    "Ilt: ",
    "转发：",
    "[EXTERNAL] Re: ",
    "Re: [EXT] AW: ",
  ].map(
    (prefix): Case => [
      `the subject '${prefix}…', nothing typed`,
      mail(plain(""), { subject: `${prefix}list services` }),
      REFUSED,
    ],
  ),
  ...["", "[EXTERNAL] ", "[EXT] ", "EXTERNAL: "].map(
    (prefix): Case => [
      `the subject '${prefix}…' and no answer`,
      mail(plain(""), { subject: `${prefix}list services` }),
      "list services",
    ],
  ),
  ...Object.entries(ATTRIBUTIONS).flatMap(([name, line]): Case[] => [
    [`${name}: above the quote`, asReply(`Bob\n\n${line}\n\n> Whom?\n> ping\n`), "Bob"],
    [`${name}: above the quote, close`, asReply(`Bob\n${line}\n> Whom?`), "Bob"],
    [`${name}: below the quote`, asReply(`${line}\n\n> Whom?\n\nBob\n`), "Bob"],
    [`${name}: between quotes`, asReply(`${line}\n> Whom?\n\nBob\n\n> When?\n\nNow`), "Bob"],
    [`${name}: nothing typed`, asReply(`\n${line}\n\n> ping\n`), REFUSED],
    [`${name}: nothing typed, quoted without marks`, asReply(`\n${line}\n\nping\n`), REFUSED],
  ]),
  ...Object.entries(BLOCKS).flatMap(([name, block]): Case[] => [
    [`${name}: above the quote`, asReply(`Bob\n\n${block}\n\nWhom?\nping\n`), "Bob"],
    [`${name}: above the quote, close`, asReply(`Bob\n${block}\nWhom?`), "Bob"],
    [`${name}: nothing typed`, asReply(`\n${block}\n\nping\n`), REFUSED],
    [
      `${name}: nothing typed, in HTML`,
      reply(
        html(
          `<div><br></div>${block
            .split("\n")
            .map((line) => `<p>${line.replace(/[<>]/gu, (char) => (char === "<" ? "&lt;" : "&gt;"))}</p>`)
            .join("")}<p>ping</p>`,
        ),
      ),
      REFUSED,
    ],
  ]),
];

/** What is added to a mail, around a command and around nothing. */
export const ADDED: readonly Case[] = [
  ...[...PHONES, "-- \nAlice\nHead of ping", "--\nAlice"].flatMap((line): Case[] => [
    [`${line} below a command`, mail(plain(`ping\n\n${line}`)), "ping"],
    [`${line} close below a command`, mail(plain(`ping\n${line}`)), "ping"],
    [`${line} alone`, mail(plain(`\n\n${line}\n`)), "list services"],
    [
      `${line} alone, in HTML`,
      mail(html(`<div><br></div><div>${line.replace(/</gu, "&lt;").replace(/\n/gu, "<br>")}</div>`)),
      "list services",
    ],
  ]),
  ...BANNERS.flatMap((line): Case[] => [
    [`${line} above a command`, mail(plain(`${line}\n\nping`)), "ping"],
    [`${line} alone`, mail(plain(`${line}\n\n`)), "list services"],
    [
      `${line} above a command, in HTML`,
      mail(html(`<table><tr><td>${line}</td></tr></table><div>ping</div>`)),
      "ping",
    ],
    [
      `${line} between rules`,
      mail(plain(`--------------------\n${line}\n--------------------\n\nping`)),
      "ping",
    ],
  ]),
  ...FOOTERS.flatMap((line): Case[] => [
    [`${line} below a command`, mail(plain(`ping\n\n${line}`)), "ping"],
    [`${line} alone`, mail(plain(`\n\n${line}\n`)), "list services"],
    [`${line} alone, in HTML`, mail(html(`<p></p><hr><p>${line}</p>`)), "list services"],
    [
      `${line} below a line, with more`,
      mail(plain(`________________________________\n${line}\n\nExample Ltd, registered in England\n`)),
      "list services",
    ],
  ]),
  [
    "a banner that a program broke",
    mail(
      plain(
        "CAUTION: This email originated from outside of the organization. Do not\nclick links or open attachments unless you recognize the sender and know\nthe content is safe.\n\nping",
      ),
    ),
    "ping",
  ],
  [
    "a banner in several lines of HTML",
    mail(
      html(
        "<div>CAUTION: External email.</div><div>Do not click links or open attachments.</div><div>ping</div>",
      ),
    ),
    "ping",
  ],
  ["a mark before the command", mail(plain("[EXTERNAL] ping")), "ping"],
  [
    "a footer that a program broke",
    mail(
      plain(
        "\n\nThis e-mail and any attachments are confidential and intended solely for the\naddressee. If you are not the addressee, you must not use it or pass it on\nto others.\n",
      ),
    ),
    "list services",
  ],
  ...[
    "get go.micro.srv.outlook",
    "get outlook",
    "send report from bob",
    "call external mail {}",
    "describe external",
    "this",
  ].map((command): Case => [`'${command}', which only looks like it`, mail(plain(command)), command]),
  ["pictures in plain text", mail(plain("[image: logo.png]\nping")), "ping"],
];

/** What says in no header that a program wrote it. */
export const AUTOMATIC: readonly Case[] = [
  ...[
    "Automatic reply: list services",
    "Out of Office: list services",
    "Out of office",
    "Auto-Reply: Re: list services",
    "Automatische Antwort: list services",
    "Abwesend: Re: list services",
    "Réponse automatique : list services",
    "Respuesta automática: list services",
    "Risposta automatica: list services",
    "Resposta automática: list services",
    "Automatisch antwoord: list services",
    "Automatiskt svar: list services",
    "Automatisk svar: list services",
    "Automaattinen vastaus: list services",
    "Odpowiedź automatyczna: list services",
    "Automatická odpověď: list services",
    "Автоматический ответ: list services",
    "自动回复: list services",
    "自動応答: list services",
    "자동 회신: list services",
    "Undeliverable: list services",
    "Accepted: list services",
    "Declined: list services",
    "Tentative: list services",
    "Canceled: list services",
    "Invitation: list services",
    "Abgelehnt: list services",
    "Acceptée : list services",
    "Aceptado: list services",
    "Accettato: list services",
    "Geaccepteerd: list services",
  ].map((subject): Case => [`the subject '${subject}'`, mail(plain("ping"), { subject }), "AUTOMATIC"]),
  ...[
    "I am out of the office until Monday.",
    "Hello,\n\nI am currently out of office and will answer on 30 November.",
    "Thank you for your message. I'm on vacation until Monday.",
    "Hi there,\nI will be out of the office.",
    "Guten Tag,\n\nich bin bis zum 30.11. nicht im Büro.",
    "Vielen Dank für Ihre Nachricht. Ich bin derzeit im Urlaub.",
    "Bonjour,\nje suis actuellement absent du bureau.",
    "Hola,\nestoy fuera de la oficina hasta el lunes.",
    "Sono fuori ufficio fino a lunedì.",
    "Estou de férias até segunda-feira.",
    "Ik ben afwezig tot maandag.",
    "Jag är på semester till måndag.",
    "Jeg er på ferie til mandag.",
    "Olen lomalla maanantaihin asti.",
    "Jestem na urlopie do poniedziałku.",
    "Я нахожусь в отпуске до понедельника.",
  ].map((text): Case => [text, reply(plain(text)), "AUTOMATIC"]),
  [
    "a person who speaks of an office",
    mail(plain("remember office I am in the office"), { subject: "x" }),
    "remember office I am in the office",
  ],
  ["a person whose subject accepts", mail(plain("ping"), { subject: "accepted values of the flag" }), "ping"],
];
