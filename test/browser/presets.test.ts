import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type ByteString, fromText } from "../../src/base/byte-string.ts";
import { disposableIn, type Disposable } from "../../src/browser/disposable.ts";
import type { BrowserKind } from "../../src/browser/find-profiles.ts";
import { PRESETS } from "../../src/browser/presets.ts";
import { CHROMIUM_KEEP, CHROMIUM_LEAVE, FIREFOX_KEEP, FIREFOX_LEAVE } from "./trees.ts";

/** As a save asks: a folder that is left out is not entered. */
function isLeftOut(disposable: Disposable, path: string): boolean {
  const parts = path.split("/");
  return parts.some((_, index) => disposable(fromText(parts.slice(0, index + 1).join("/"))));
}

const folder = fc
  .array(fc.stringMatching(/^[A-Za-z0-9 ._*?[\]\\é-]{1,12}$/), { maxLength: 3 })
  .map((parts) => parts.map((part) => `${part}_`).join("/"));

const CASES: readonly (readonly [BrowserKind, readonly string[], readonly string[]])[] = [
  ["chromium", CHROMIUM_KEEP, CHROMIUM_LEAVE],
  ["firefox", FIREFOX_KEEP, FIREFOX_LEAVE],
];

test.each(CASES)(
  "%s: wherever the profile lies, logins are kept and caches left out",
  (kind, keep, leave) => {
    fc.assert(
      fc.property(folder, (relative) => {
        const profiles = kind === "chromium" ? ["Default", "Profile 1"] : [];
        const disposable = disposableIn([{ kind, relative, profiles }]);
        const at = (name: string): string => (relative === "" ? name : `${relative}/${name}`);
        const inSecond = (names: readonly string[]): string[] =>
          names.map((name) => name.replace(/^Default\//, "Profile 1/"));
        expect([...keep, ...inSecond(keep)].filter((name) => isLeftOut(disposable, at(name)))).toEqual([]);
        expect([...leave, ...inSecond(leave)].filter((name) => !isLeftOut(disposable, at(name)))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  },
);

test("a program with one profile: the same in its own folder", () => {
  const disposable = disposableIn([{ kind: "chromium", relative: "app", profiles: ["."] }]);
  const own = (name: string): string => `app/${name.replace(/^Default\//, "")}`;
  expect(CHROMIUM_KEEP.map(own).filter((path) => isLeftOut(disposable, path))).toEqual([]);
  expect(CHROMIUM_LEAVE.map(own).filter((path) => !isLeftOut(disposable, path))).toEqual([]);
});

test("outside of profiles nothing is left out, and names are those of the browser, letter by letter", () => {
  const disposable = disposableIn([{ kind: "chromium", relative: "chrome", profiles: ["Default"] }]);
  const paths = [
    "Cache/x",
    "LOG",
    "chrome2/LOG",
    "chrome",
    "chromeX",
    "chrome/cache/x",
    "chrome/Default/log",
  ];
  expect(paths.filter((path) => isLeftOut(disposable, path))).toEqual([]);
  expect(disposableIn([])("x" as ByteString)).toBe(false);
});

test("every journal of a file that is kept is kept", () => {
  const all = Object.values(PRESETS).flatMap(({ top, profile, anywhere }) => top.concat(profile, anywhere));
  for (const pattern of all) {
    const base = /^(.*)-(?:wal|journal)$/.exec(pattern)?.[1];
    if (base !== undefined) expect(all).toContain(base);
    expect(pattern).not.toMatch(/^\*(?:-wal|-journal)?$/);
  }
});
