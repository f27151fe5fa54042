import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { zstdCompressSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  advanceRestoredRecord,
  readRestoredRecord,
  type RestoredFile,
  writeRestoredRecord,
} from "../../src/capture/restored-files.ts";
import { anyByteString } from "../repository/arbitrary-names.ts";
import { randomId } from "../repository/scratch.ts";
import { runs } from "../support/property.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const where = { repository: "r".repeat(64), folder: "/srv/state", snapshot: randomId() };
const uint64 = fc.bigInt(0n, 2n ** 64n - 1n);
const anyFiles: fc.Arbitrary<RestoredFile[]> = fc.uniqueArray(
  fc.record({ path: anyByteString, inode: uint64, ctimeNs: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) }),
  { selector: ({ path }) => path, maxLength: 8 },
);

function expected(files: readonly RestoredFile[]): unknown {
  return new Map(files.map(({ path, inode, ctimeNs }) => [path, [`${inode}`, `${ctimeNs}`]]));
}

test("any record comes back, for its repository, folder and snapshot only", async () => {
  await using folder = await temporaryFolder();
  await fc.assert(
    fc.asyncProperty(anyFiles, async (files) => {
      await writeRestoredRecord(folder.at("cache"), { ...where, files });
      expect(await readRestoredRecord(folder.at("cache"), where)).toEqual(expected(files));
    }),
    runs(50),
  );
  for (const other of [{ repository: "s" }, { folder: "/srv/other" }, { snapshot: randomId() }]) {
    expect(await readRestoredRecord(folder.at("cache"), { ...where, ...other })).toBeNull();
  }
});

test("a record is this user's alone", async () => {
  await using folder = await temporaryFolder();
  await writeRestoredRecord(folder.at("deep", "cache"), { ...where, files: [] });
  expect(statSync(folder.at("deep", "cache")).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(folder.at("deep", "cache"))) {
    expect(statSync(folder.at("deep", "cache", name)).mode & 0o777).toBe(0o600);
  }
});

test("a record goes on to the next snapshot", async () => {
  await using folder = await temporaryFolder();
  const files = [{ path: "a" as RestoredFile["path"], inode: 1n, ctimeNs: 2n }];
  await writeRestoredRecord(folder.path, { ...where, files });
  const next = { ...where, snapshot: randomId() };
  await advanceRestoredRecord(folder.path, next);
  expect(await readRestoredRecord(folder.path, where)).toBeNull();
  expect(await readRestoredRecord(folder.path, next)).toEqual(expected(files));
});

test("without a record, or a folder for it, there is none", async () => {
  await using folder = await temporaryFolder();
  expect(await readRestoredRecord(folder.at("nowhere"), where)).toBeNull();
});

test("a damaged record is no record", async () => {
  await using folder = await temporaryFolder();
  await writeRestoredRecord(folder.path, {
    ...where,
    files: [{ path: "a" as RestoredFile["path"], inode: 1n, ctimeNs: 2n }],
  });
  const name = readdirSync(folder.path).find((each) => !each.endsWith(".snapshot")) ?? "";
  const bytes = readFileSync(folder.at(name));
  for (let length = 0; length < bytes.byteLength; length += 3) {
    writeFileSync(folder.at(name), bytes.subarray(0, length));
    expect(await readRestoredRecord(folder.path, where)).toBeNull();
  }
  const shapes = [
    "null",
    "[]",
    "{}",
    '"text"',
    '{"entries":null}',
    '{"entries":{}}',
    '{"entries":[1]}',
    '{"entries":[["a"]]}',
    '{"entries":[["a",5]]}',
    '{"entries":[["a",null]]}',
    '{"entries":[["a",["1"]]]}',
    '{"entries":[["a",[1,2]]]}',
    '{"entries":[[5,["1","2"]]]}',
  ];
  for (const json of shapes) {
    writeFileSync(folder.at(name), zstdCompressSync(Buffer.from(json)));
    expect({ json, record: await readRestoredRecord(folder.path, where) }).toEqual({ json, record: null });
  }
});
