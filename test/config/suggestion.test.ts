import * as fc from "fast-check";
import { expect, test } from "vitest";
import { suggest } from "../../src/config/suggestion.ts";

const KNOWN = ["store", "state", "exclude", "include", "passwordFile"];

test.each([
  ["stroe", "store"],
  ["State", "state"],
  ["excldue", "exclude"],
  ["passwordfile", "passwordFile"],
  ["password_file", "passwordFile"],
  ["inclde", "include"],
])("%s was meant to be %s", (word, meant) => {
  expect(suggest(word, KNOWN)).toBe(meant);
});

test.each(["colour", "x", ""])("%j is like none of them", (word) => {
  expect(suggest(word, KNOWN)).toBeNull();
});

test("one slip is found again", () => {
  const slip = fc.constantFrom<(word: string, place: number) => string>(
    (word, place) => word.slice(0, place) + word.slice(place + 1),
    (word, place) => `${word.slice(0, place)}~${word.slice(place)}`,
    (word, place) => `${word.slice(0, place)}~${word.slice(place + 1)}`,
    (word, place) =>
      word.slice(0, place) + word.charAt(place + 1) + word.charAt(place) + word.slice(place + 2),
  );
  fc.assert(
    fc.property(fc.constantFrom("store", "passwordFile"), fc.nat(3), slip, (word, place, change) => {
      expect(suggest(change(word, place), ["store", "passwordFile", "quiet"])).toBe(word);
    }),
  );
});
