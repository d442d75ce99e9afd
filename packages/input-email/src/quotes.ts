// What mail programs put above the text that they quote. Every pattern is tried on a line of LONGEST_LINE at most.
const LONGEST_LINE = 500;
/** A sentence such as `On Monday, Alice wrote:` is broken into as many lines. */
const WROTE_LINES = 4;
const HEADER_LINES = 3;

const ADDRESS = /[^\s<>@]@[^\s<>@]/u;
const DATE =
  /(?<!\d)(?:(?:19|20)\d\d|\d{1,2}[:.h]\d\d|\d{1,2}[./-]\d{1,2}[./-]\d\d)(?!\d)|\d\s?[年月日时時시년월일]/u;
/** Wrote, in the languages whose mail programs are met most. */
const WROTE =
  /(?<!\p{L})(?:wrote|writes|schrieb(?:en)?|skrev|écrit|escribió|escreveu|scritto|schreef|geschreven|pisze|napisał(?:a|\(a\))?|kirjoitti|napsala?|napsal\(a\)|napísala?|пишет|пише|написала?|написал\(а\)|написав|yazdı|írta|έγραψε|كتب|כתבה?|a scris|va escriure|viết|menulis)(?!\p{L})|写道|寫道|작성|のメール|書きました|さん:|さん：/iu;
const WROTE_LAST = new RegExp(`(?:${WROTE.source})\\s?-*$`, "iu");
// How such a sentence begins: then it needs neither date nor address, and may be broken into lines.
const BEGINS =
  /^(?:on\s.{4,}\swrote|(?:am|den)\s.{4,}\s(?:schrieb|skrev)(?!\p{L}).{0,200}|le\s.{4,}\sa écrit|el\s.{4,}\sescribió|il\s.{4,}\sha scritto|op\s.{4,}\s(?:schreef|het volgende geschreven)(?!\p{L}).{0,200}|em\s.{4,}\sescreveu|w dniu\s.{4,}\s(?:napisał|napisała|pisze)(?!\p{L}).{0,20})\s?:$/iu;
const BEGINS_ALONE =
  /^.{4,400}(?:\s(?:schrieb|skrev|wrote|пишет|написал|написала)|写道|寫道|のメール)\s?[:：]$/iu;

const mark = "^[*_]{0,2}(?:";
const colon = String.raw`)\s?[*_]{0,2}\s?[:：]`;
/** The header that says who wrote what is quoted: Outlook quotes with a block of headers, and nothing before its lines. */
const FROM = new RegExp(
  `${mark}from|von|de|da|van|från|fra|od|от|від|lähettäjä|odesílatel|feladó|gönderen|kimden|de la|από|מאת|من|发件人|寄件者|差出人|보낸 사람${colon}[*_]{0,2}\\s?\\S`,
  "iu",
);
const OTHER = new RegExp(
  `${mark}sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviad[oa]|fecha|para|asunto|assunto|inviato|data|a|oggetto|verzonden|aan|onderwerp|skickat|till|ämne|sendt|dato|til|emne|lähetetty|vastaanottaja|aihe|wysłan[eo]|do|temat|odesláno|komu|předmět|отправлено|дата|кому|тема|gönderilme(?: tarihi)?|tarih|kime|konu|elküldve|címzett|tárgy|发送时间|收件人|主题|主旨|日期|送信日時|宛先|件名|보낸 날짜|받는 사람|제목${colon}`,
  "iu",
);
const HEADER = new RegExp(`(?:${FROM.source})|(?:${OTHER.source})`, "iu");

/** `-----Original Message-----`, `---------- Forwarded message ---------`, and what others say there. */
const RULED = /^[-_=—]{2,}\s*(\S.{0,80}?)\s*[-_=—]{2,}$/u;
const ORIGINAL =
  /original|forward|ursprüngl|nachricht|weitergeleitet|d['’]origine|transféré|mensaje|reenviado|mensagem|encaminhad|messaggio|inoltrat|bericht|doorgestuurd|meddelande|vidarebefordra|besked|beskjed|melding|videresend|viesti|välitet|wiadomość|przekazan|сообщени|письм|zpráva|přeposlan|ileti|üzenet|原始|邮件|郵件|转发|轉寄|メッセージ|メール|메시지|원본/iu;
const FORWARDED =
  /^.{0,80}(?:forwarded|weitergeleiteten|réexpédié|transféré|reenviado|inoltrato|doorgestuurd|encaminhada|reencaminhada|vidarebefordrat|videresendt|przekazan\p{L}{1,3}|välitetty|пересылаемо\p{L}{1,3}|転送|转发).{0,40}[:：]$/iu;

/** A line that somebody else wrote. Initials before the mark are of old programs. */
export function isQuoted(line: string): boolean {
  return /^(?:[A-Z]{1,3})?>/u.test(line);
}

/** How many lines from here on only announce a quote; 0 when they are somebody's words. */
export function announcement(lines: readonly string[], at: number): number {
  const line = lineAt(lines, at);
  if (line === "") return 0;
  if (isRuled(line, ORIGINAL) || FORWARDED.test(line) || isHeaders(lines, at)) return 1;
  return wroteSize(lines, at);
}

/** A line between rules, such as `--- something ---`. */
export function isRuled(line: string, words: RegExp): boolean {
  const [, said] = RULED.exec(line) ?? [];
  return said !== undefined && words.test(said);
}

function isHeaders(lines: readonly string[], at: number): boolean {
  if (!HEADER.test(lineAt(lines, at))) return false;
  const block = lines.slice(at, at + 1 + HEADER_LINES).map((line) => line.slice(0, LONGEST_LINE));
  const others = block.slice(1).filter((line) => HEADER.test(line));
  return others.length > 0 && block.some((line) => FROM.test(line));
}

function wroteSize(lines: readonly string[], at: number): number {
  const begins = lineAt(lines, at);
  let joined = "";
  for (let size = 1; size <= WROTE_LINES; size++) {
    const line = lineAt(lines, at + size - 1);
    // An address may be broken before its bracket.
    if (line === "" || (isQuoted(line) && !/^>[:：]$/u.test(line))) return 0;
    joined = `${joined} ${line}`.trim().slice(0, LONGEST_LINE);
    if (size === 1 ? isWrote(joined) || BEGINS_ALONE.test(joined) : BEGINS.test(joined)) return size;
    // A sentence of several lines begins with what tells it: the line above belongs to somebody.
    if (size > 1 && mayBegin(begins) && isWrote(joined) && !isLater(lines, at, size)) return size;
    if (/[:：]$/u.test(line)) return 0;
  }
  return 0;
}

function mayBegin(line: string): boolean {
  return /^["<(]/u.test(line) || ADDRESS.test(line) || DATE.test(line);
}

/** Whether the sentence begins further below: there is all that one has. */
function isLater(lines: readonly string[], at: number, size: number): boolean {
  for (let start = at + 1; start < at + size; start++) {
    const rest = lines
      .slice(start, at + size)
      .join(" ")
      .slice(0, LONGEST_LINE);
    if (BEGINS.test(rest) || (isWrote(rest) && ADDRESS.test(rest) && DATE.test(rest))) return true;
  }
  return false;
}

function isWrote(text: string): boolean {
  if (BEGINS.test(text)) return true;
  const [address, date] = [ADDRESS.test(text), DATE.test(text)];
  if (/[:：]$/u.test(text)) return address && date ? true : WROTE.test(text) && (address || date);
  // Some programs leave the colon out, or draw a line.
  return address && date && WROTE_LAST.test(text);
}

/** Without the marks that turn the direction of text: Hebrew and Arabic programs put them round all names. */
function lineAt(lines: readonly string[], at: number): string {
  return (lines[at] ?? "")
    .slice(0, LONGEST_LINE)
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "");
}
