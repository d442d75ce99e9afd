import { testInput } from "../src/input.ts";
import { goodInput } from "./good/input.ts";
import { lineInput } from "./good/line-input.ts";

testInput(goodInput());
testInput(lineInput());

// Would fail if the peer were started or a rule were tried.
testInput({
  ...goodInput(),
  name: "an input whose server is missing",
  peer: () => Promise.reject(new Error("not installed")),
  skip: "every rule is skipped with one reason when this is a text",
});
