/** Shown as nothing, or turns what stands around it: Unicode TR 36, section 3, and CVE-2021-42574. */
const UNSEEN =
  /[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2800\ufff9-\ufffc\u{1d159}\u{16fe4}]/u;
/** Scripts with letters that look like those of others; TR 39 lets the East Asian ones stand beside Latin. */
const ALPHABETS = ["Latin", "Cyrillic", "Greek", "Armenian", "Cherokee", "Coptic", "Lisu", "Georgian"];
/** Letters whose Latin twin looks the same: a word of nothing else is a word in disguise. */
const TWINS = new Set(
  "асеһіјӏорѕухԁԛԝѵАВСЕНІЈКМОРЅТХУ" + "ονριυαγΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "օոսհցյ" + "ᎠᎡᎢᎥᎩᎪᎫᎬᎳᎵᎷᎻᏀᏂᏃᏏᏒᏔᏚᏞᏟᏢᏦ",
);
/** Dashes, slashes, dots and colons that are not the keyboard's. */
const STROKES = /[\u2010-\u2015\u2212\u2043\u2044\u2215\u2236\ua789\u0589\u05c3\u02d0\u2e31]/u;
/** Latin letters and signs that look like plain ones. */
const SECONDS = /[\u0251\u0261\u01c0]/u;
const PLAIN = /^[\n -~]*$/;
const LETTERS = /[\p{L}\p{M}]+/gu;

/**
 * Why a word may be another than it seems (UTS 39), or undefined: something unseen in it, letters of several alphabets, or only
 * letters that look like Latin ones. For words that name a command or what it is done to; prose may hold all of that.
 */
export function confusable(word: string): string | undefined {
  if (PLAIN.test(word)) return undefined;
  const unseen = UNSEEN.exec(word)?.[0];
  if (unseen) return told(word, unseen, "an invisible character");
  for (const char of word) if (isCopy(char)) return told(word, char, `a copy of '${char.normalize("NFKC")}'`);
  const stroke = /[a-z0-9]/iu.test(word) ? STROKES.exec(word)?.[0] : undefined;
  if (stroke) return told(word, stroke, "a sign that is not the keyboard's");
  const digit = /\p{Nd}/u.exec(word.replace(/[0-9]/gu, ""))?.[0];
  if (digit && /[a-z0-9]/iu.test(word)) return told(word, digit, "a digit of another script");
  for (const [letters] of word.matchAll(LETTERS)) {
    const stranger = strangerIn(letters);
    if (stranger) return told(word, stranger, "a letter that only looks like another");
  }
  return undefined;
}

/** The text with what is unseen, or looks like something else, written out as `\u{202e}`: to show what it really is. */
export function escapeConfusables(text: string): string {
  if (PLAIN.test(text)) return text;
  const strangers = (letters: string) =>
    strangerIn(letters) ? mapped(letters, (char) => TWINS.has(char) || SECONDS.test(char)) : letters;
  return mapped(text.replace(LETTERS, strangers), (char) => UNSEEN.test(char) || isCopy(char));
}

/** Full-width, mathematical and other letters that Unicode itself says stand for a plain one: `ｄ`, the Kelvin sign. */
function isCopy(char: string): boolean {
  const plain = char.normalize("NFKC");
  return plain !== char && /^[!-~]/u.test(plain);
}

function strangerIn(letters: string): string | undefined {
  const chars = Array.from(letters);
  const second = SECONDS.exec(letters)?.[0];
  if (second) return second;
  if (chars.every((char) => TWINS.has(char))) return chars[0];
  const alphabets = ALPHABETS.map((name) => new RegExp(`\\p{Script=${name}}`, "u")).filter((alphabet) =>
    alphabet.test(letters),
  );
  // The first is Latin, where there is any: the other one is the stranger.
  return alphabets.length < 2 ? undefined : chars.find((char) => alphabets[1]!.test(char));
}

function told(word: string, char: string, what: string): string {
  const code = char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  return `'${escapeConfusables(word)}' has ${what} in it (U+${code})`;
}

function mapped(text: string, odd: (char: string) => boolean): string {
  return Array.from(text, (char) => (odd(char) ? escaped(char) : char)).join("");
}

function escaped(char: string): string {
  return `\\u{${char.codePointAt(0)!.toString(16)}}`;
}
