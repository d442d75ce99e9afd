/** How lines begin that bots take for orders: ChanServ obeyed `!op` in a page's title that another bot had read out. */
const ORDER = /^\s*[!.@/\\~%$&+?^*;:,=|#`-]+\p{L}/u;

/** Put before such a line. */
export const QUOTE = "> ";

/** The line as it may be said where other bots listen: one that begins like an order to them is quoted. For inputs. */
export function quoted(line: string): string {
  return ORDER.test(line) ? QUOTE + line : line;
}
