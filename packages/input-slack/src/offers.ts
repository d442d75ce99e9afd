import { type Address, type Event, formatAddress } from "@micro-bot/core";
import { ellipsis, RecentMap } from "@micro-bot/kit";
import { type Block, isChoices } from "./compose.ts";
import { escaped } from "./encode.ts";
import { userOf } from "./hear.ts";

/** Messages with buttons that are remembered until they are answered. */
const REMEMBERED = 1000;
/** UTF-16 units of a choice that are shown again. */
const LONGEST = 100;
/** https://docs.slack.dev/reference/block-kit/blocks/section-block */
const SECTION_LENGTH = 3000;

/** A message of ours with buttons under it, or what it becomes without them. */
export interface Offer {
  readonly channel: string;
  readonly ts: string;
  /** In mrkdwn. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

interface Open {
  readonly offer: Offer;
  /** What was said by it. */
  readonly event: Event;
  /** The answer that was typed, if it was. */
  typed?: Event;
}

/** Messages of ours with buttons, whose buttons go when the question is over, however that came about. */
export class Offers {
  /** By the turn that said it. */
  readonly #open = new RecentMap<string, Open>(REMEMBERED);
  /** Buttons that were pressed, by the id of the event that the press is. */
  readonly #pressed = new RecentMap<string, Offer>(REMEMBERED);

  /** A message with buttons was posted. Those that are for anybody stay: who may not press them is refused, and they are there for others. */
  posted(event: Event, offer: Offer): void {
    if (event.to.person === undefined) return;
    this.#open.set(turnOf(event), { offer, event });
  }

  /** Something was heard: perhaps the answer. */
  heard(event: Event): void {
    const said = event.data.trim().toLowerCase();
    const open = [...this.#open.values()].reverse().find(({ offer, event: { to } }) => {
      const { thread } = event.from;
      return placeOf(to) === placeOf(event.from) && (thread === to.thread || thread === offer.ts);
    });
    const { choices = [] } = open?.event ?? {};
    if (open && choices.some((choice) => choice.trim().toLowerCase() === said)) open.typed = event;
  }

  /** A turn that goes on talking no longer waits: what its question becomes. */
  over({ id, run, to }: Event): Offer | undefined {
    const open = run === undefined ? undefined : this.#open.get(run);
    if (!open || open.event.id === id || formatAddress(to) !== formatAddress(open.event.to)) return undefined;
    this.#open.delete(run!);
    return closed(open.offer, open.typed);
  }

  /** A button was pressed; the event is not safe yet. */
  pressed(event: Event, offer: Offer): void {
    this.#pressed.set(event.id, offer);
  }

  /** The event is safe: what the message becomes whose button it is. */
  answered(event: Event): Offer | undefined {
    const offer = this.#pressed.get(event.id);
    if (!offer) return undefined;
    this.#pressed.delete(event.id);
    for (const open of [...this.#open.values()])
      if (open.offer.ts === offer.ts) this.#open.delete(turnOf(open.event));
    return closed(offer, event);
  }
}

function closed(offer: Offer, answer: Event | undefined): Offer {
  const rest = offer.blocks.filter((block) => !isChoices(block));
  const said = rest.length > 0 || offer.text === "" ? rest : [sectionOf(offer.text)];
  if (!answer) return { ...offer, blocks: said };
  const what = answer.data.trim();
  const note = `<@${userOf(answer.from.person)}> chose ${escaped(ellipsis(what, LONGEST))}`;
  const context = { type: "context", elements: [{ type: "mrkdwn", text: note, verbatim: true }] };
  return { ...offer, text: `${offer.text}\n${note}`, blocks: [...said, context] };
}

function sectionOf(text: string): Block {
  return { type: "section", text: { type: "mrkdwn", text: text.slice(0, SECTION_LENGTH), verbatim: true } };
}

function placeOf({ thread: _, ...place }: Address): string {
  return formatAddress(place);
}

function turnOf({ run, id }: Event): string {
  return run ?? id;
}
