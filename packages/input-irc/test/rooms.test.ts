import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Rooms } from "../src/rooms.ts";
import { contextOf } from "./support.ts";

const HOUR = 60 * 60 * 1000;
const join = vi.fn<(channel: { name: string }) => void>();

function rooms(rejoin: number): Rooms {
  const { log } = contextOf({});
  return new Rooms({ channels: [{ name: "#ops" }], rejoin, fold: (name) => name.toLowerCase(), join, log });
}

beforeEach(() => {
  vi.useFakeTimers();
  join.mockReset();
});
afterEach(() => void vi.useRealTimers());

it("after a kick it comes back once, and again only when the last time is an hour ago", () => {
  const own = rooms(1000);
  const kick = () => {
    own.joined("#OPS");
    own.removed("#OPS", "shoo");
    vi.advanceTimersByTime(2000);
  };
  kick();
  expect(join.mock.calls).toEqual([[expect.objectContaining({ name: "#ops" })]]);
  kick();
  expect(join).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(HOUR);
  kick();
  expect(join).toHaveBeenCalledTimes(2);
});

it("it does not come back after the end, nor when that is switched off, nor when it is in again", () => {
  const ended = rooms(1000);
  ended.removed("#ops", "shoo");
  ended.end();
  rooms(0).removed("#ops", "shoo");
  const invited = rooms(1000);
  invited.removed("#ops", "shoo");
  invited.joined("#ops");
  vi.advanceTimersByTime(HOUR);
  expect(join).not.toHaveBeenCalled();
});

it("a room that is not its own is left alone", () => {
  const own = rooms(1000);
  own.removed("#other", "shoo");
  own.invited("#other");
  own.refused("#other", "full");
  vi.advanceTimersByTime(HOUR);
  expect(join).not.toHaveBeenCalled();
  expect(own.status()).toEqual([{ name: "irc #ops", state: "down", note: "not joined" }]);
});
