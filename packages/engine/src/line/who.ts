import { type Address, type Event, formatAddress } from "@micro-bot/core";

/** Who said something, as keys. Whoever only claims to be a person is another; who vouches for them makes no difference. */
export interface Who {
  /** The person on their input, in whatever room: whose memory, jobs and share of commands it is. */
  readonly person: string;
  /** The person in this room: who may answer what is asked, read on, or be taken for a bot. */
  readonly here: string;
  /** The person in this room and thread: whose commands run in order, and can be cancelled. */
  readonly lane: string;
}

/** The keys of whoever said an event. The store has the first two. */
export function whoOf({ from, assurance }: Pick<Event, "from" | "assurance">): Who {
  const { input, room, person, thread } = from;
  const sure = assurance > 0 ? "vouched" : "claimed";
  const key = (room: string) => {
    const address: Address = person === undefined ? { input, room } : { input, room, person };
    return `${sure} ${formatAddress(address)}`;
  };
  const here = key(room);
  return {
    person: person === undefined ? here : key(""),
    here,
    lane: thread === undefined ? here : `${here} ${thread}`,
  };
}
