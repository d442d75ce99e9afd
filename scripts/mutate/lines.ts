import type { Random } from "../soak/random.ts";
import { happens, index, oddText } from "./bytes.ts";

/** A line of IRC, in its parts: RFC 1459, section 2.3.1, and IRCv3 message-tags. */
interface Line {
  tags: string[];
  prefix: string;
  command: string;
  params: string[];
}

const COMMANDS = [
  "PRIVMSG",
  "NOTICE",
  "JOIN",
  "PART",
  "KICK",
  "NICK",
  "QUIT",
  "MODE",
  "TOPIC",
  "CAP",
  "BATCH",
  "ACCOUNT",
  "CHGHOST",
  "AUTHENTICATE",
  "TAGMSG",
  "ERROR",
  "PING",
  "PONG",
  "INVITE",
  "001",
  "005",
  "332",
  "353",
  "354",
  "366",
  "401",
  "403",
  "404",
  "433",
  "437",
  "439",
  "471",
  "473",
  "474",
  "475",
  "477",
  "900",
  "903",
  "904",
  "constructor",
  "__proto__",
  "toString",
];
const TAGS = [
  "time=x",
  "time=2030-01-01T00:00:00.000Z",
  "account=",
  "msgid=1",
  "batch=1",
  "=",
  "a=\\",
  "+draft/reply=1",
];

/** A line with one to three changes of its tags, prefix, command and parameters. */
export function mutateLine(text: string, random: Random): string {
  const line = parse(text);
  for (let left = 1 + index(3, random); left > 0; left--) change(line, random);
  return render(line);
}

function change(line: Line, random: Random): void {
  const { params } = line;
  const at = index(params.length, random);
  switch (index(10, random)) {
    case 0:
      params.splice(at, 1);
      break;
    case 1:
      params.length = at;
      break;
    case 2:
      params.splice(at, 0, params[at] ?? "x");
      break;
    case 3:
    case 4:
      params[at] = oddText(params[at] ?? "", random);
      break;
    case 5:
      line.prefix = happens(0.5, random) ? "" : oddText(line.prefix, random);
      break;
    case 6:
      line.command = random.pick(COMMANDS);
      break;
    case 7:
      line.tags.push(random.pick(TAGS));
      break;
    case 8:
      line.tags = [oddText(line.tags.join(";"), random)];
      break;
    default:
      line.command = oddText(line.command, random);
  }
}

function parse(text: string): Line {
  const [, tags = "", prefix = "", command = "", rest = ""] =
    /^(?:@(\S+) )?(?::(\S+) )?(\S+) ?(.*)$/su.exec(text) ?? [];
  const [middle = "", ...trailing] = rest.split(/(?:^| ):/u);
  const params = middle.split(" ").filter((one) => one !== "");
  if (trailing.length > 0) params.push(trailing.join(" :"));
  return { tags: tags === "" ? [] : tags.split(";"), prefix, command, params };
}

function render({ tags, prefix, command, params }: Line): string {
  const last = params.at(-1);
  const middle = params.slice(0, -1);
  return [
    ...(tags.length > 0 ? [`@${tags.join(";")}`] : []),
    ...(prefix === "" ? [] : [`:${prefix}`]),
    command,
    ...middle,
    ...(last === undefined ? [] : [/^[^: ][^ ]*$/u.test(last) ? last : `:${last}`]),
  ].join(" ");
}
