import { testCommand } from "../src/command.ts";
import { goodCommand } from "./good/command.ts";

testCommand(goodCommand());
