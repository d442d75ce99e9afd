import { type Command, newCommand } from "@micro-bot/core";
import { PAGE, type Pages } from "./pages.ts";

/** `more`: the next page of the last long list. */
export function more(pages: Pages): Command {
  return newCommand("more", "more", "Returns the next page of a long list", (_args, ctx) => {
    const page = pages.next(ctx, PAGE);
    return page === undefined ? "there is no more" : { data: page, format: "code" };
  });
}
