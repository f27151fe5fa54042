import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openLine, sealLine } from "../../src/browser/sealed-line.ts";
import { LONG } from "../support/long.ts";
import { runs } from "../support/property.ts";

const PASSWORD = "correct horse";

/** Made by version 1, and to be opened for ever. */
const KEPT = "hfc1_DE5qfWMYXrEdBtmeJIorALJmO7O1nhK-gcSCtMNvM9GRo5sY2MWfuT9B47omFSzCgXWnxz_SViZafOZhIQ";

test("any text comes back, and no two lines are equal", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), fc.string({ minLength: 1 }), async (text, password) => {
      const sealable = text.toWellFormed();
      const lines = [await sealLine(sealable, password), await sealLine(sealable, password)] as const;
      expect(lines[0]).not.toBe(lines[1]);
      expect(lines[0]).toMatch(/^hfc1_[\w-]+$/);
      expect(await openLine(` ${lines[0]}\n`, password)).toBe(sealable);
    }),
    runs(3),
  );
});

test("a line of version 1 is opened for ever", async () => {
  expect(await openLine(KEPT, "pw")).toBe("hello".repeat(1000));
});

test("another password does not open it", async () => {
  await expect(openLine(KEPT, PASSWORD)).rejects.toMatchObject({ code: "WRONG_PASSWORD" });
});

/** Each costs the derivation of a key. */
const EVERY = LONG ? 1 : 9;

test("cuts and changed letters are refused, wherever they are", async () => {
  const line = await sealLine("short", PASSWORD);
  const cuts = Array.from(line, (_, length) => line.slice(0, length));
  // The last letter holds bits that say nothing.
  const changes = Array.from(line.slice(0, -1), (letter, place) => {
    return line.slice(0, place) + (letter === "A" ? "B" : "A") + line.slice(place + 1);
  });
  for (const broken of [...cuts, ...changes].filter((_, index) => index % EVERY === 0)) {
    const error: unknown = await openLine(broken, PASSWORD).catch((thrown: unknown) => thrown);
    expect(["WRONG_PASSWORD", "COOKIE_FILE"], broken).toContain((error as { code?: string }).code);
  }
});

test.each([
  ["nothing", "", "starts with hfc1_"],
  ["another text", "[]", "starts with hfc1_"],
  ["a later version", `hfc2_${KEPT.slice(5)}`, "a later version"],
  ["other letters", `${KEPT}=`, "holds letters, digits"],
  ["a cut line", KEPT.slice(0, 40), "is cut off"],
  ["a line that is too long", `hfc1_${"A".repeat(5 * 1024 * 1024)}`, "no more than 4 MiB"],
])("%s is no line of ours", async (_, line, message) => {
  await expect(openLine(line, PASSWORD)).rejects.toMatchObject({
    code: "COOKIE_FILE",
    message: expect.stringContaining(message) as string,
  });
});
