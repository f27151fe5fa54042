import { lstatSync, writeFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ByteString } from "../../src/base/byte-string.ts";
import { recognise } from "../../src/capture/known-entry.ts";
import { nodeOf } from "../../src/capture/stat-node.ts";
import type { Node } from "../../src/repository/node.ts";
import { runs } from "../support/property.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { bytePath } from "./saving.ts";

const path = "file" as ByteString;
await using folder = await temporaryFolder();
writeFileSync(folder.at("file"), "content");
const stats = lstatSync(folder.at("file"), { bigint: true });
const node = nodeOf(path, bytePath(folder.at("file")), stats);
const trusted = { trustedBeforeNs: stats.ctimeNs + 1n, restored: null };
/** What the record of a restore says of the file as it is. */
const restoredAsIs = new Map([["file", [`${stats.ino}`, `${stats.ctimeNs}`] as const]]);
/** The file as another machine had it. */
const elsewhere: Node = { ...node, inode: node.inode + 1n, ctimeNs: node.ctimeNs - 10n };

test("a file that is as it was saved is known", () => {
  expect(recognise(node, path, stats, trusted)).toBe("saved");
});

describe("a file is not known when, of all there is to see, only this has changed:", () => {
  const changes: readonly (readonly [string, Partial<Node>])[] = [
    ["the size", { size: node.size + 1 }],
    ["the time of modification", { mtimeNs: node.mtimeNs + 1n }],
    ["the time of change", { ctimeNs: node.ctimeNs - 1n }],
    ["the inode", { inode: node.inode + 1n }],
    ["the type", { type: "symlink" }],
  ];
  test.each(changes)("%s", (_, change) => {
    expect(recognise({ ...node, ...change }, path, stats, trusted)).toBe("unknown");
  });

  test.each(changes.filter(([what]) => !["the inode", "the time of change"].includes(what)))(
    "%s, even if it was restored here",
    (_, change) => {
      const by = { ...trusted, restored: restoredAsIs };
      expect(recognise({ ...elsewhere, ...change }, path, stats, by)).toBe("unknown");
    },
  );
});

test("a file that was not there before is not known", () => {
  expect(recognise(undefined, path, stats, trusted)).toBe("unknown");
});

test("a file that changed within a tick of its snapshot is not trusted", () => {
  expect(recognise(node, path, stats, { trustedBeforeNs: stats.ctimeNs, restored: null })).toBe("unknown");
  expect(recognise(node, path, stats, { trustedBeforeNs: stats.ctimeNs + 1n, restored: null })).toBe("saved");
});

test("a restored file is known by what the record says of it, and by nothing less", () => {
  const by = (restored: ReadonlyMap<string, readonly [string, string]>): string =>
    recognise(elsewhere, path, stats, { ...trusted, restored });
  expect(by(restoredAsIs)).toBe("restored");
  expect(by(new Map())).toBe("unknown");
  expect(by(new Map([["other", [`${stats.ino}`, `${stats.ctimeNs}`]]]))).toBe("unknown");
  expect(by(new Map([["file", [`${stats.ino + 1n}`, `${stats.ctimeNs}`]]]))).toBe("unknown");
  expect(by(new Map([["file", [`${stats.ino}`, `${stats.ctimeNs + 1n}`]]]))).toBe("unknown");
});

test("nothing but the same look is the same file", () => {
  const near = fc.bigInt(-2n, 2n);
  fc.assert(
    fc.property(near, near, near, near, (size, mtime, ctime, inode) => {
      const changed = {
        ...node,
        size: node.size + Number(size),
        mtimeNs: node.mtimeNs + mtime,
        ctimeNs: node.ctimeNs + ctime,
        inode: node.inode + inode,
      };
      const isSame = [size, mtime, ctime, inode].every((each) => each === 0n);
      expect(recognise(changed, path, stats, trusted)).toBe(isSame ? "saved" : "unknown");
    }),
    runs(300),
  );
});
