/** The engine's own settings. */
export const flags = [
  { name: "inputs", type: "list", default: "console", usage: "Where the bot listens, comma separated" },
  {
    name: "registry",
    usage: "Where services are listed (default: consul when there is one, else local)",
  },
  {
    name: "store",
    usage:
      "Where state is kept: sqlite:FILE, postgres://USER:PASSWORD@HOST/DATABASE or memory: (default: a file in $STATE_DIRECTORY, else of this user)",
  },
  {
    name: "link",
    usage: "The file that imports the plugins (default: micro.link.ts or .js here, else the built-in list)",
  },
  { name: "hint", type: "boolean", default: true, usage: "Answer with a hint when a text is no command" },
  { name: "command_timeout", type: "duration", min: 1, default: "30s", usage: "How long a command may take" },
  {
    name: "ask_timeout",
    type: "duration",
    min: 1,
    default: "10m",
    usage: "How long a question waits for its answer",
  },
  {
    name: "job_grace",
    type: "duration",
    default: "1h",
    usage: "How late a job may still run; later, its person is told that it was missed",
  },
  {
    name: "zone",
    usage: "Time zone in which times are read and shown, as in Europe/Berlin (default: the system's)",
  },
  {
    name: "drain_timeout",
    type: "duration",
    default: "10s",
    usage: "How long running commands may finish when the bot stops",
  },
  { name: "concurrency", type: "number", min: 1, default: 256, usage: "Commands that run at one time" },
  {
    name: "waiting",
    type: "number",
    min: 0,
    default: 20,
    usage: "Commands that one person may have waiting in one room",
  },
  { name: "rate", type: "number", min: 1, default: 60, usage: "Commands a minute for one person" },
  {
    name: "room_rate",
    type: "number",
    min: 1,
    usage: "Commands a minute in one room, of all people there (default: 10 times --rate)",
  },
  {
    name: "command_rate",
    type: "number",
    min: 1,
    usage: "Times a minute that one command is run, by all people (default: 20 times --rate)",
  },
  {
    name: "max_text",
    type: "number",
    min: 1,
    default: 65536,
    usage: "Longest text that is read as a command, in characters",
  },
  {
    name: "max_reply",
    type: "number",
    min: 1,
    default: 100000,
    usage: "Longest reply, in characters, all its pages together; what is more is left out with a note",
  },
  {
    name: "reply_max_age",
    type: "duration",
    min: 1,
    default: "10m",
    usage: "How long a reply waits for a lost connection before it is dropped",
  },
  {
    name: "log_level",
    usage: "debug, info, warn, error or silent (default: info, on a terminal's prompt warn)",
  },
] as const;

export const LOG_LEVELS: readonly string[] = ["debug", "info", "warn", "error", "silent"];
