import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandOf, ownLines, plainSubject } from "../src/command.ts";

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

describe("the command of a mail", () => {
  it.each(QUOTES)("stands above %j", (quote) => {
    for (const gap of ["\n", "\n\n", "\r\n\r\n\r\n"])
      expect(commandOf(`list services${gap}${quote}`, "x")).toBe("list services");
  });

  it.each(QUOTES)("is the subject when there is nothing but %j", (quote) => {
    expect(commandOf(quote, "Re: list services")).toBe("list services");
    expect(commandOf(`\n\n${quote}`, "list services")).toBe("list services");
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
    ["echo {\n\nThanks", "echo {"],
    ["echo [\nThanks", "echo ["],
    ["echo what's \"up\nThanks", "echo what's \"up"],
  ])("of %j is %j", (text, command) => expect(commandOf(text, "x")).toBe(command));

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
    expect(commandOf("", subject)).toBe(command);
    expect(plainSubject(subject)).toBe(command);
  });

  const line = fc
    .stringMatching(/^[a-z][a-zñ日 "'<>&{}0-9]{0,40}$/u)
    .map((text) => text.replace(/[{}]/gu, "").trim())
    .filter((text) => ownLines(text).join("") === text);

  it("is found above any quote, whatever stands in the quote", () => {
    fc.assert(
      fc.property(line, fc.constantFrom(...QUOTES), fc.string(), (command, quote, rest) => {
        expect(commandOf(`${command}\n\n${quote}\n${rest}`, "subject")).toBe(command);
      }),
    );
  });

  it("never comes out of a quoted line", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (lines) => {
        const quoted = lines
          .flatMap((text) => text.split(/[\r\n\u2028\u2029\u0085]/u))
          .map((text) => `> ${text}`);
        expect(commandOf(quoted.join("\n"), "the subject")).toBe("the subject");
      }),
    );
  });

  it("is one line without control characters, whatever is sent", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (text, subject) => {
        expect(commandOf(text, subject)).not.toMatch(/[\r\n\u0000\u001b]/u);
      }),
    );
  });

  it("is found in linear time", () => {
    const began = performance.now();
    for (const piece of ["On a ", "wrote: ", "am schrieb ", "{", '{"', "a\n", "Re: ", "-", "x schrieb :\n"])
      commandOf(piece.repeat(100_000), piece.repeat(10_000));
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
