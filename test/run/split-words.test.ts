import * as fc from "fast-check";
import { expect, test } from "vitest";
import { splitWords } from "../../src/run/split-words.ts";
import { runs } from "../support/property.ts";

test.each([
  ["-login", ["-login"]],
  ["  -login   --port 3000 ", ["-login", "--port", "3000"]],
  [`--name 'my bot' --say "a \\"b\\" c"`, ["--name", "my bot", "--say", 'a "b" c']],
  [`a\\ b c'd e'f""`, ["a b", "cd ef"]],
  [`''`, [""]],
  ["", []],
])("%s", (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

test.each([`'open`, `"open`, `a "b`, "a\\"])("refuses %s", (line) => {
  expect(() => splitWords(line)).toThrow("not closed");
});

test("quoted words come back as they were", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (words) => {
      const line = words.map((word) => `'${word.replaceAll("'", `'"'"'`)}'`).join(" ");
      expect(splitWords(line)).toEqual(words);
    }),
    runs(200),
  );
});
