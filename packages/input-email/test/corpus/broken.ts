import { alternative, flowed, html, mail, plain } from "./build.ts";
import type { Case } from "./parts.ts";

const JSON_TYPED =
  '{"name": "John Smith of Example Ltd", "address": {"city": "Springfield", "zip": "12345"}}';
const CALL = `call go.micro.srv.greeter Say.Hello ${JSON_TYPED}`;
const LONG =
  "remember deploy one two three four five six seven eight nine ten eleven twelve thirteen fourteen";
const BROKEN = { refused: /may have broken/u };
const UNCLOSED = { refused: /never closed/u };

/** As programs break plain text: at the last space before a column. */
export function broken(text: string, columns: number, end = "\n"): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join(end);
}

/** Lines that a program broke, and lines that a person ended. */
export const LINES: readonly Case[] = [
  ...[65, 70, 72, 74, 76, 78].flatMap((columns): Case[] => [
    [`JSON broken at ${columns} columns`, mail(plain(broken(CALL, columns))), CALL],
    [
      `JSON broken at ${columns} columns, and more below`,
      mail(plain(`${broken(CALL, columns)}\n\nThanks,\nAlice`)),
      CALL,
    ],
    [
      `quoted text broken at ${columns} columns`,
      mail(plain(broken(`remember deploy "${LONG}"`, columns))),
      `remember deploy "${LONG}"`,
    ],
    [`a text broken at ${columns} columns`, mail(plain(broken(LONG, columns))), BROKEN],
    [
      `a text broken at ${columns} columns, whole in HTML`,
      mail(alternative(plain(broken(LONG, columns)), html(`<p>${LONG}</p>`))),
      LONG,
    ],
    [`flowed text broken at ${columns} columns`, mail(flowed(broken(LONG, columns, " \n"))), LONG],
    [
      `flowed text broken at ${columns} columns, DelSp`,
      mail(flowed(broken(LONG, columns, "  \n"), "; delsp=yes")),
      LONG,
    ],
  ]),
  [
    "JSON that begins in the next line",
    mail(plain('call go.micro.srv.greeter Say.Hello\n{"name":"John"}')),
    'call go.micro.srv.greeter Say.Hello {"name":"John"}',
  ],
  [
    "JSON that begins in the next line, in HTML",
    mail(html('<div>call svc Ep</div><div>{</div><div>&nbsp; "a": 1</div><div>}</div><div>Thanks</div>')),
    'call svc Ep { "a": 1 }',
  ],
  [
    "JSON with an empty line in it",
    mail(plain('call svc Ep {\n\n"a": 1}\n\nThanks')),
    'call svc Ep { "a": 1}',
  ],
  ["a list in JSON", mail(plain("call svc Ep [1,\n2]\nThanks")), "call svc Ep [1, 2]"],
  [
    "JSON that is closed by a line and goes on in words",
    mail(plain(broken(`${CALL} and some more words behind it that no JSON holds`, 72))),
    CALL.length > 0 ? BROKEN : "",
  ],
  ["a bracket that is never closed", mail(plain('call svc Ep {"a":\n1\nThanks')), UNCLOSED],
  ["a bracket that is never closed, with an empty line", mail(plain("echo {\n\nThanks")), UNCLOSED],
  [
    "a bracket that is never closed, in HTML",
    mail(html("<div>call svc Ep {</div><div>Thanks</div>")),
    UNCLOSED,
  ],
  ["a quote that is never closed", mail(plain('remember x "one\ntwo')), UNCLOSED],
  ["a bracket that is never closed, and no more lines", mail(plain("echo {\n\n")), "echo {"],
  ["a smile", mail(plain("echo :-[\nThanks")), "echo :-["],
  ["an apostrophe", mail(plain("echo 'tis so\nThanks")), "echo 'tis so"],
  ["an apostrophe that opens a quote", mail(plain("echo 'one\ntwo' three\nThanks")), "echo 'one two' three"],
  ["inches", mail(plain('echo 5" pipe\nThanks')), 'echo 5" pipe'],
  ["a short line and thanks", mail(plain("list services\nThanks")), "list services"],
  ["a long line by itself", mail(plain(LONG)), LONG],
  ["a long line and an empty one", mail(plain(`${LONG}\n\nThanks`)), LONG],
  ["a long line and thanks, in HTML", mail(html(`<div>${LONG}</div><div>Thanks</div>`)), LONG],
  ["a long line and a signature", mail(plain(`${LONG}\n-- \nAlice`)), LONG],
  ["a long line and a phone's signature", mail(plain(`${LONG}\nSent from my iPhone`)), LONG],
  ["a long line and a quote", mail(plain(`${LONG}\n> Whom?`)), LONG],
  ["flowed text with a fixed line below", mail(flowed(`${broken(LONG, 70, " \n")}\nThanks`)), LONG],
  ["flowed text that a server took the spaces from", mail(flowed(broken(LONG, 72))), BROKEN],
  ["flowed text with a short line and thanks", mail(flowed("list services\nThanks")), "list services"],
  ["flowed text with a stuffed line", mail(flowed(" From here\n")), "From here"],
];

/** HTML whose words must come through as they are. */
export const WORDS: readonly Case[] = [
  ["a heading", mail(html("<h1>Echo Hello</h1>")), "Echo Hello"],
  ["a table's heading", mail(html("<table><tr><th>Echo Hello</th></tr></table>")), "Echo Hello"],
  [
    "a link",
    mail(html('<p>echo <a href="https://example.test/a?b">https://example.test/a?b</a> now</p>')),
    "echo https://example.test/a?b now",
  ],
  ["a link with a label", mail(html('<p>echo <a href="https://example.test">U</a></p>')), "echo U"],
  [
    "a link that a scanner rewrote",
    mail(html('<p>echo <a href="https://safelinks.example.test/?url=x">example.test</a></p>')),
    "echo example.test",
  ],
  ["a list", mail(html("<ul><li>ping</li><li>pong</li></ul>")), "ping"],
  ["a list with numbers", mail(html("<ol><li>ping</li></ol>")), "ping"],
  ["a picture before words", mail(html('<img src="cid:x" alt="Acme Logo">ping')), "ping"],
  ["an emoji that is a picture", mail(html('echo <img src="cid:x" alt="🙂" class="emoji">')), "echo 🙂"],
  [
    "a hidden preheader",
    mail(html('<div style="display:none;font-size:1px">Read this &zwnj;&nbsp;&zwnj;</div><p>ping</p>')),
    "ping",
  ],
  [
    "a preheader of no height",
    mail(html('<span style="max-height:0px; overflow:hidden; opacity: 0">Read this</span><p>ping</p>')),
    "ping",
  ],
  [
    "a preheader in a box of no height",
    mail(html('<div style="height:0;overflow:hidden">Read this</div><p>ping</p>')),
    "ping",
  ],
  ["a preheader of no width", mail(html('<div style="max-width: 0px">Read this</div><p>ping</p>')), "ping"],
  [
    "a preheader without a colour",
    mail(html('<div style="line-height:1px; color: transparent">Read this</div><p>ping</p>')),
    "ping",
  ],
  [
    "a preheader off the page",
    mail(html('<div style="position:absolute;left:-9999px">Read this</div><p>ping</p>')),
    "ping",
  ],
  [
    "a preheader indented off the page",
    mail(html('<div style="text-indent:-9999px">Read this</div><p>ping</p>')),
    "ping",
  ],
  [
    "a line of half a height and a box that overflows",
    mail(html('<div style="line-height:0.9;height:0">ping</div>')),
    "ping",
  ],
  ["a hidden attribute", mail(html("<div hidden>pong</div><p>ping</p>")), "ping"],
  [
    "invisible fillers",
    mail(html("<div>&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&shy;</div><p>ping</p>")),
    "ping",
  ],
  [
    "a title and styles",
    mail(
      html(
        "<html><head><title>No</title><style>p{}</style></head><body><script>no()</script><p>ping</p></body></html>",
      ),
    ),
    "ping",
  ],
  ["comments for Outlook", mail(html("<!--[if mso]><p>no</p><![endif]--><p>ping</p>")), "ping"],
  ["bold and italics", mail(html("<p><b>echo</b> <i>a</i><u>b</u> *c* _d_</p>")), "echo ab *c* _d_"],
  ["hard spaces", mail(html("<p>echo a&nbsp; b</p>")), "echo a  b"],
  ["line breaks of the source", mail(html("<p>echo\r\n  a\r\n  b</p>")), "echo a b"],
  [
    "lines of the source that are kept",
    mail(html('<div style="white-space: pre-wrap">ping\npong</div>')),
    "ping",
  ],
  ["a pre", mail(html("<pre>echo a   b\npong</pre>")), "echo a   b"],
  [
    "entities",
    mail(html("<p>echo &lt;b&gt; &amp;amp; &quot;x&quot; &#x1F600;</p>")),
    'echo <b> &amp; "x" 😀',
  ],
  ["JSON", mail(html("<p>call svc Ep {&quot;a&quot;:&quot;B&quot;}</p>")), 'call svc Ep {"a":"B"}'],
  ["lines by breaks", mail(html("ping<br>pong")), "ping"],
  ["divisions in divisions", mail(html("<div><div><div>ping</div></div><div>pong</div></div>")), "ping"],
  ["tags that are never closed", mail(html("<p>ping<p>pong")), "ping"],
  ["a less-than that is none", mail(html("<p>echo 1 < 2 && 3</p>")), "echo 1 < 2 && 3"],
  [
    "a long line in the source's columns",
    mail(
      html(
        "<p>echo one two three four five six seven eight nine ten eleven twelve\r\nthirteen fourteen</p><p>Thanks</p>",
      ),
    ),
    "echo one two three four five six seven eight nine ten eleven twelve thirteen fourteen",
  ],
];
