import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandOf, plainSubject, type Said } from "../src/command.ts";
import { htmlText } from "../src/html-text.ts";
import { BROKEN, typedIn, WHOLE } from "../src/typed.ts";
import { broken } from "./corpus/broken.ts";

const QUOTES: readonly string[] = [
  "> earlier",
  ">> even earlier",
  "On Mon, Nov 24, 2026 at 9:00 AM Bot <bot@example.com> wrote:\n> earlier",
  "On Monday, 24 November 2026 at 09:00,\nThe Bot of Operations <bot@example.com>\nwrote:\n\n> earlier",
  "On 24.11.26 09:00, bot@example.com wrote:",
  "Am 24.11.2026 um 09:00 schrieb Bot <bot@example.com>:",
  "Am Mo., 24. Nov. 2026 um 09:00 Uhr schrieb Bot <\nbot@example.com>:",
  "Le lun. 24 nov. 2026 à 09:00, Bot <bot@example.com> a écrit :",
  "El lun, 24 nov 2026 a las 9:00, Bot (<bot@example.com>) escribió:",
  "Il giorno lun 24 nov 2026 alle ore 09:00 Bot <bot@example.com> ha scritto:",
  "Op ma 24 nov 2026 om 09:00 schreef Bot <bot@example.com>:",
  "Em seg., 24 de nov. de 2026 às 09:00, Bot <bot@example.com> escreveu:",
  "W dniu 24.11.2026 o 09:00, Bot pisze:",
  "Den mån 24 nov. 2026 kl 09:00 skrev Bot <bot@example.com>:",
  "пн, 24 нояб. 2026 г. в 09:00, Bot <bot@example.com> пишет:",
  "Bot <bot@example.com> 于2026年11月24日周一 09:00写道：",
  "-----Original Message-----\nFrom: Bot",
  "-----Ursprüngliche Nachricht-----\nVon: Bot",
  "---------- Forwarded message ---------\nFrom: Bot",
  "________________________________\nFrom: Bot <bot@example.com>\nSent: Monday",
  "From: Bot <bot@example.com>\nSent: Monday, November 24, 2026 9:00 AM\nTo: Alice",
  "*From:* Bot <bot@example.com>\n*Sent:* Monday",
  "Von: Bot <bot@example.com>\nGesendet: Montag, 24. November 2026 09:00\nAn: Alice",
  "De : Bot <bot@example.com>\nEnvoyé : lundi 24 novembre 2026 09:00",
  "Begin forwarded message:\n\nFrom: Bot",
  "-- \nAlice\nHead of things",
  "--\nAlice",
  "Sent from my iPhone",
  "Get Outlook for iOS",
  "Gesendet von Mail für Windows",
  "Envoyé de mon iPhone",
  "Enviado desde mi iPhone",
];

/** What a mail in plain text says. */
function said(text: string, subject = "x", more: { whole?: boolean; answers?: boolean } = {}): Said {
  const { whole = false, answers = false } = more;
  const { beginning: _, ...rest } = commandOf({
    bodies: [[{ text, broken: whole ? WHOLE : BROKEN }]],
    subject,
    answers,
  });
  return rest;
}

function ownLines(text: string): string[] {
  return typedIn([{ text, broken: BROKEN }]).lines.map((line) => line.text);
}

describe("the command of a mail", () => {
  it.each(QUOTES)("stands above %j", (quote) => {
    for (const gap of ["\n", "\n\n", "\r\n\r\n\r\n"])
      expect(said(`list services${gap}${quote}`)).toEqual({ text: "list services" });
  });

  it.each(
    QUOTES.filter((quote) => !/^(?:--|Sent|Get|Gesendet|Envoyé|Enviado)/u.test(quote) || quote.length > 40),
  )("is not the subject when there is nothing but %j", (quote) => {
    for (const text of [quote, `\n\n${quote}`])
      expect(said(text, "list services").refused).toMatch(/no words of yours/u);
  });

  it.each([
    ["ping", "ping"],
    ["\n\n  ping  \n\nThanks, Alice", "ping"],
    ["echo a  b", "echo a  b"],
    ["echo\u00a0a", "echo a"],
    ["\ufeffping", "ping"],
    ["on duty", "on duty"],
    ["on duty tomorrow: who", "on duty tomorrow: who"],
    ["from: nothing follows", "from: nothing follows"],
    ["on duty\nAlice", "on duty"],
    ["echo On Monday Bob wrote: hello", "echo On Monday Bob wrote: hello"],
    ["echo --", "echo --"],
    ["echo 👩‍🚀", "echo 👩‍🚀"],
    [
      'call greeter Hello {"name":\n"John Smith", "tags": ["a",\n"b"]}\nThanks!',
      'call greeter Hello {"name": "John Smith", "tags": ["a", "b"]}',
    ],
    ['call greeter Hello {"name": "}{\\"["}\nThanks', 'call greeter Hello {"name": "}{\\"["}'],
  ])("of %j is %j", (text, command) => expect(said(text)).toEqual({ text: command }));

  it.each([
    ["Re: ping", "ping"],
    ["RE: Fwd: Re: ping", "ping"],
    ["AW: WG: ping", "ping"],
    ["Re[2]: ping", "ping"],
    ["回复：ping", "ping"],
    ["Rebuild: all", "Rebuild: all"],
    ["Re:", ""],
    ["  ping  ", "ping"],
  ])("in the subject %j is %j", (subject, command) => {
    expect(said("", subject).text).toBe(command);
    expect(plainSubject(subject)).toBe(command);
  });

  const line = fc
    .stringMatching(/^[a-z][a-zñ日 "'<>&{}0-9]{0,40}$/u)
    .map((text) => text.replace(/[{}]/gu, "").trim())
    .filter((text) => ownLines(text).join("") === text);

  it("is found above any quote, whatever stands in the quote", () => {
    fc.assert(
      fc.property(line, fc.constantFrom(...QUOTES), fc.string(), (command, quote, rest) => {
        expect(said(`${command}\n\n${quote}\n${rest}`)).toEqual({ text: command });
      }),
    );
  });

  it("never comes out of a quoted line", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (lines) => {
        const quoted = lines
          .flatMap((text) => text.split(/[\r\n\u2028\u2029\u0085]/u))
          .map((text) => `> ${text}`);
        const { text, refused } = said(quoted.join("\n"), "the subject");
        expect({ text, runs: refused === undefined }).toEqual({
          text: "the subject",
          runs: lines.length === 0,
        });
      }),
      { examples: [[[":"]], [[">:"]]] },
    );
  });

  it("is one line without control characters, whatever is sent", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (text, subject) => {
        expect(said(text, subject).text).not.toMatch(/[\r\n\u0000\u001b]/u);
      }),
    );
  });

  it("is whole or refused, however long its lines are where a program breaks them", () => {
    const word = fc.stringMatching(/^[a-z{}"[\]:,0-9]{1,30}$/u);
    const text = fc.array(word, { minLength: 1, maxLength: 30 }).map((words) => `echo ${words.join(" ")}`);
    fc.assert(
      fc.property(text, fc.integer({ min: 65, max: 80 }), fc.boolean(), (command, columns, thanks) => {
        const lines = broken(command, columns);
        const { text, refused } = said(thanks ? `${lines}\n\nThanks` : lines);
        if (refused === undefined) expect(text).toBe(command);
      }),
      { numRuns: 2000 },
    );
  });

  it("is not the subject of a mail in which anything was typed, or that answers one", () => {
    const block = fc.constantFrom(
      ...QUOTES,
      "ping",
      "",
      "[EXTERNAL]",
      "Thanks,",
      "{",
      '"',
      "> a",
      "-- ",
      "____________",
    );
    fc.assert(
      fc.property(fc.array(block), fc.boolean(), fc.boolean(), (blocks, whole, answers) => {
        const { text, refused } = said(blocks.join("\n"), "the subject", { whole, answers });
        const ran = refused === undefined ? text : undefined;
        if (answers || blocks.includes("> a")) expect(ran).not.toBe("the subject");
        if (blocks[0] === "ping") expect(ran).not.toBe("the subject");
      }),
      { numRuns: 2000 },
    );
  });

  it("is found in whatever is long", () => {
    const pieces = [
      ...[
        "On a ",
        "wrote: ",
        "am schrieb ",
        "{",
        '{"',
        "a\n",
        "Re: ",
        "-",
        "x schrieb :\n",
        "--\n",
        "> a\n",
        "[EXT] ",
      ],
      ...[
        "On 24.11.2026\n",
        "a@b 24.11.2026 wrote:\n> a\n",
        "From: a\n",
        "{\n",
        "[\n\n",
        "'a\n",
        "____\nThis e-mail is confidential\n",
      ],
      ...["a@", "24.11.26 ", "-----BEGIN PGP MESSAGE-----\n", "CAUTION: ", "I am ", "this e-mail "],
    ];
    for (const piece of pieces) {
      said(piece.repeat(100_000), piece.repeat(10_000));
      htmlText(piece.repeat(10_000));
    }
  });
});

describe("HTML as text", () => {
  const word = fc.stringMatching(/^[A-Za-zñ日ß€🙂*_#>.:"'{}[\]0-9-]{1,12}$/u);
  const wrap = fc.constantFrom(
    ...[
      "b",
      "i",
      "u",
      "span",
      "font",
      "a href='https://x.test/Y'",
      "h1",
      "th",
      "p",
      "div",
      "li",
      "td",
      "section",
    ],
    ...["div style='color: red'", "span class='x_gmail_default'", "div dir=ltr", "center", "pre"],
  );
  const escaped = (text: string) => text.replace(/[&<>"]/gu, (char) => `&#${char.codePointAt(0)};`);

  it("keeps all words that were typed, as they were typed, and adds none", () => {
    const piece = fc.record({
      words: fc.array(word, { minLength: 1, maxLength: 5 }),
      wraps: fc.array(wrap, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
        const page = pieces.map(({ words, wraps }) => {
          const ends = wraps.toReversed().map((tag) => `</${tag.split(" ")[0]}>`);
          return `${wraps.map((tag) => `<${tag}>`).join("")} ${words.map(escaped).join(" ")} ${ends.join("")}`;
        });
        const got = htmlText(page.join("<img alt='Logo'>"))!
          .split(/\s+/u)
          .filter((one) => one !== "");
        expect(got).toEqual(pieces.flatMap(({ words }) => words));
      }),
    );
  });

  it("keeps the spaces and lines of text that a program wrote as HTML", () => {
    const line = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(" "));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (lines) => {
        const divs = lines.map((one) => `<div>${escaped(one)}</div>`).join("\n");
        const breaks = lines.map(escaped).join("<br>\n");
        for (const page of [divs, breaks, `<pre>${lines.map(escaped).join("\n")}</pre>`])
          expect(
            htmlText(page)!
              .split("\n")
              .map((one) => one.trimEnd()),
          ).toEqual(lines);
      }),
    );
  });

  it("is made of anything", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.array(wrap), (text, tags) => {
        expect(typeof htmlText(`${tags.map((tag) => `<${tag}>`).join("")}${text}`)).toBe("string");
      }),
    );
  });
});
