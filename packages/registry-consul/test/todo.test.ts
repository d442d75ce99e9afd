import { expect, test } from "vitest";
import { newTodo } from "../src/todo.ts";

test("what is urgent comes before the sweep, and each name once", async () => {
  const todo = newTodo();
  const looked: string[] = [];
  todo.sweep(() => ["a", "b", "c"]);
  await todo.some();
  todo.add(["c"]);
  await todo.each(async (name) => void looked.push(name));
  expect(looked).toEqual(["c", "a", "b"]);
  expect(todo.swept()).toBe(true);
  todo.stop();
});

test("no name is looked at by two at a time", async () => {
  const todo = newTodo();
  const looked: string[] = [];
  const gate = Promise.withResolvers<void>();
  const look = async (name: string) => {
    looked.push(name);
    await gate.promise;
  };
  todo.add(["a"]);
  const first = todo.each(look);
  todo.add(["a"]);
  await todo.each(look);
  expect(looked).toEqual(["a"]);
  gate.resolve();
  await first;
  expect(looked).toEqual(["a", "a"]);
});

test("a name whose look failed is looked at again", async () => {
  const todo = newTodo();
  todo.add(["a"]);
  await expect(todo.each(() => Promise.reject(new Error("no answer")))).rejects.toThrow("no answer");
  await todo.some();
  const looked: string[] = [];
  await todo.each(async (name) => void looked.push(name));
  expect(looked).toEqual(["a"]);
});

test("after stop nobody waits and nothing is looked at", async () => {
  const todo = newTodo();
  const waiting = todo.some();
  todo.stop();
  await waiting;
  todo.add(["a"]);
  await todo.each(() => Promise.reject(new Error("looked")));
});
