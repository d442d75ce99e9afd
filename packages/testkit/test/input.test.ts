import { testInput } from "../src/input.ts";
import { goodInput } from "./good/input.ts";

testInput(goodInput());
