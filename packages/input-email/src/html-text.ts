import { Parser } from "htmlparser2";

/** Longer HTML, or deeper, is not read: no person types it. The parser's time grows with the square of the depth. */
const MAX_CHARS = 500_000;
const MAX_DEPTH = 500;

/** What is no text, whatever stands in it. */
const MUTE = new Set(
  "head title style script template noscript noembed noframes object iframe svg math audio video canvas map select datalist textarea button".split(
    " ",
  ),
);
/** What stands on lines of its own. A paragraph makes no empty line: Outlook makes each line one. */
const BLOCKS = new Set(
  "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre section summary table tbody td tfoot th thead tr ul".split(
    " ",
  ),
);
const HIDDEN =
  /(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|mso-hide:all|color:transparent|text-indent:-\d{3,}|(?:left|top):-\d{3,}|(?:opacity|font-size|max-height|max-width|line-height)(?=:0(?![.\d])))/u;
/** A box of no size hides only what does not flow out of it. */
const NO_BOX = /(?:^|;)(?:height|width):0(?![.\d])/u;
const CLIPPED = /(?:^|;)overflow(?:-[xy])?:(?:hidden|clip)/u;
/** How programs mark, in every language, that what is in it, and after it, was written by others. */
const CITED =
  /^(?:divrplyfwdmsg|appendonsend|mail-editor-reference-message-container|replysplit|olk_src_body_section|moz-forward-container|outlookmessageheader|yahoo_quoted|zmail_extra)$/u;
/** How they mark the line above a block quote; a mail that is passed on follows it as it is. */
const ATTRIBUTION = /^(?:gmail_attr|moz-cite-prefix)$/u;
/** How they mark signatures. */
const ADDED =
  /^(?:signature|applemailsignature|apple-mail-signature|ms-outlook-mobile-signature|gmail_signature|gmail_signature_prefix|moz-signature|yahoo-signature|ymail_signature_block|protonmail_signature_block|composer_signature|zm_signature)$/u;
const EMOJI = /^\p{RGI_Emoji}{1,3}$/v;

/** Said where a program marked that what follows is quoted. */
const CUT = "-----Original Message-----";

interface Frame {
  readonly name: string;
  readonly quote: boolean;
  readonly mute: boolean;
  readonly pre: boolean;
}

/**
 * HTML as text: each line that a reader sees as one, words as they were typed, what is quoted after `> `. Links give their
 * label only, images and what is hidden nothing. Undefined when it is too long or too deep.
 */
export function htmlText(html: string): string | undefined {
  if (html.length > MAX_CHARS) return undefined;
  const page = new Page();
  const parser = new Parser({
    onopentag: (name, attributes) => {
      page.open(name, attributes);
      if (page.depth > MAX_DEPTH) parser.pause();
    },
    ontext: (text) => page.say(text),
    onclosetag: (name) => page.close(name),
  });
  parser.end(html);
  return page.depth > MAX_DEPTH ? undefined : page.text();
}

class Page {
  readonly #lines: string[] = [];
  readonly #frames: Frame[] = [];
  #line = "";
  /** Another space would be none. Looking at the line's end instead would copy the line each time. */
  #spaced = true;
  #mute = 0;
  #quotes = 0;
  #pre = 0;

  get depth(): number {
    return this.#frames.length;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name === "br" && this.#mute === 0) this.#break();
    if (name === "br") return;
    if (BLOCKS.has(name)) this.#end();
    const style = (attributes.style ?? "").toLowerCase().replace(/\s+/gu, "");
    const names = [attributes.id ?? "", ...(attributes.class ?? "").split(/\s+/u)].map(plainName);
    if (this.#mute === 0) this.#mark(name, attributes, names);
    const frame = {
      name,
      quote: name === "blockquote" && !isIndent(style),
      mute:
        MUTE.has(name) ||
        Object.hasOwn(attributes, "hidden") ||
        isHidden(style) ||
        isIn(ADDED, names) ||
        isIn(ATTRIBUTION, names),
      pre: name === "pre" || /white-space:(?:pre|break-spaces)/u.test(style),
    };
    this.#frames.push(frame);
    if (frame.mute) this.#mute++;
    if (frame.quote) this.#quotes++;
    if (frame.pre) this.#pre++;
  }

  close(name: string): void {
    if (name === "br" || this.#frames.at(-1)?.name !== name) return;
    if (BLOCKS.has(name)) this.#end();
    const { mute, quote, pre } = this.#frames.pop()!;
    if (mute) this.#mute--;
    if (quote) this.#quotes--;
    if (pre) this.#pre--;
  }

  say(text: string): void {
    if (this.#mute > 0) return;
    if (this.#pre > 0) {
      const [first = "", ...more] = text.split(/\r\n?|\n/u);
      this.#line += first;
      this.#spaced = false;
      for (const line of more) {
        this.#break();
        this.#line = line;
      }
      return;
    }
    const words = text.replace(/[ \t\r\n\f]+/gu, " ");
    const more = this.#spaced ? words.replace(/^ /u, "") : words;
    this.#line += more;
    if (more !== "") this.#spaced = more.endsWith(" ");
  }

  text(): string {
    this.#end();
    return this.#lines.join("\n");
  }

  #mark(name: string, attributes: Readonly<Record<string, string>>, names: readonly string[]): void {
    if (name === "img" && EMOJI.test(attributes.alt ?? "")) this.#line += attributes.alt;
    if (!isIn(CITED, names) && !isIn(ATTRIBUTION, names)) return;
    this.#end();
    this.#line = CUT;
    this.#break();
  }

  /** The line is over, if there is one. */
  #end(): void {
    if (this.#line.trim() !== "") this.#break();
    this.#line = "";
    this.#spaced = true;
  }

  #break(): void {
    this.#lines.push("> ".repeat(Math.min(this.#quotes, 5)) + this.#line);
    this.#line = "";
    this.#spaced = true;
  }
}

// Gmail and others indent by a block quote without a border.
function isHidden(style: string): boolean {
  return HIDDEN.test(style) || (NO_BOX.test(style) && CLIPPED.test(style));
}

function isIndent(style: string): boolean {
  return /(?:^|;)border(?:-width)?:(?:none|0)/u.test(style) && !/border-left:(?!none|0)/u.test(style);
}

/** Outlook puts x_ before the ids of what it quotes. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/^(?:x_)+/u, "");
}

function isIn(pattern: RegExp, names: readonly string[]): boolean {
  return names.some((name) => pattern.test(name));
}
