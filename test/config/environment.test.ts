import { expect, test } from "vitest";
import { settingsFromEnvironment, unknownVariables } from "../../src/config/environment.ts";

test("lists are separated by ':' and empty parts fall out", () => {
  expect(settingsFromEnvironment({ HOLDFAST_STATE: "a::b:" })).toEqual({ state: ["a", "b"] });
});

test.each([
  ["1", true],
  ["YES", true],
  ["on", true],
  ["0", false],
  ["false", false],
])("HOLDFAST_JSON=%s is %s", (given, value) => {
  expect(settingsFromEnvironment({ HOLDFAST_JSON: given })).toEqual({ json: value });
});

test("a number is a whole one from 1", () => {
  expect(settingsFromEnvironment({ HOLDFAST_MAX_PAUSE: "250" })).toEqual({ maxPauseMs: 250 });
  for (const given of ["0", "-1", "1.5", "fast"])
    expect(() => settingsFromEnvironment({ HOLDFAST_MAX_PAUSE: given })).toThrow("a whole number from 1");
});

test("an empty variable is not given", () => {
  expect(settingsFromEnvironment({ HOLDFAST_STORE: "", HOLDFAST_JSON: "" })).toEqual({});
});

test("a value of the wrong kind names the variable", () => {
  expect(() => settingsFromEnvironment({ HOLDFAST_LANG: "klingon" })).toThrow(
    expect.objectContaining({
      code: "CONFIG",
      message: "the variable HOLDFAST_LANG must be one of en, zh",
    }) as Error,
  );
});

test("a variable that looks like ours is pointed out, without its value", () => {
  expect(
    unknownVariables({
      HOLDFAST_STOER: "s3cret",
      HOLDFAST_PASSWORD: "x",
      HOLDFAST_XYZZY_PLUGH: "1",
      HOME: "/",
    }),
  ).toEqual([
    "the variable HOLDFAST_STOER is not known, did you mean HOLDFAST_STORE?",
    "the variable HOLDFAST_XYZZY_PLUGH is not known",
  ]);
});
