import * as fc from "fast-check";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { maskedCrc32c } from "../../../src/browser/local-storage/crc32c.ts";
import { type LevelDb, parseFiles, readLevelDb } from "../../../src/browser/local-storage/leveldb.ts";
import { formatLog, readLogRecords } from "../../../src/browser/local-storage/leveldb-log.ts";
import { type Batch, writeLevelDb } from "../../../src/browser/local-storage/leveldb-write.ts";
import { runs, someBytes } from "../../support/property.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { formatManifest, formatTable, type TableEntry } from "./tables.ts";

const batchOf = (entries: Readonly<Record<string, string | null>>): Batch =>
  new Map(Object.entries(entries).map(([key, value]) => [key, value === null ? null : Buffer.from(value)]));
const textsOf = ({ entries }: LevelDb): unknown =>
  Object.fromEntries([...entries].map(([key, value]) => [key, value.toString("latin1")]));

/** Twelve keys in three blocks, an older table below, and a log above. */
async function sampleFiles(): Promise<Map<string, Buffer>> {
  await using folder = await temporaryFolder();
  const before = { entries: new Map(), next: null };
  await writeLevelDb(
    folder.path,
    before,
    batchOf({ k01: "from the log", k02: null, new: "x".repeat(40_000) }),
  );
  const log = await readFile(folder.at("000003.log"));
  // Newer than all that is in tables.
  const batch = Buffer.concat(readLogRecords(log));
  batch.writeBigUInt64LE(60n);
  const keys = Array.from({ length: 12 }, (_, index) => `k${String(index).padStart(2, "0")}`);
  const newer = keys.map((key, index): TableEntry => {
    return {
      key,
      sequence: 20 + index,
      value: index === 5 ? null : `value of ${key} ${"z".repeat(index * 9)}`,
    };
  });
  const older = keys.map((key): TableEntry => ({ key, sequence: 3, value: "old" }));
  const files = new Map([
    ["000005.ldb", formatTable(newer, 5)],
    ["000006.sst", formatTable(older, 100)],
    ["000007.log", formatLog([batch])],
    ["000002.log", Buffer.from("of no interest: its number is too small")],
    ["CURRENT", Buffer.from("MANIFEST-000004\n")],
  ]);
  const size = (name: string): number => files.get(name)?.length ?? 0;
  const tables = new Map([[5, size("000005.ldb")] as const, [6, size("000006.sst")] as const]);
  return files.set("MANIFEST-000004", formatManifest(tables, 7));
}

describe("a database of LevelDB", () => {
  it("has the checksum of its documentation", () => {
    // RFC 3720, B.4: 32 bytes of zero, masked.
    const crc = 0x8a9136aa;
    expect(maskedCrc32c(Buffer.alloc(32))).toBe((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  });

  it("is made, and changed again and again", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("a", "leveldb");
    expect(await readLevelDb(path)).toEqual({ entries: new Map(), next: null });
    await writeLevelDb(path, await readLevelDb(path), batchOf({ a: "1", b: "2", c: "x".repeat(100_000) }));
    await writeLevelDb(path, await readLevelDb(path), batchOf({ a: "3", b: null }));
    await writeLevelDb(path, await readLevelDb(path), batchOf({ d: "" }));
    expect(textsOf(await readLevelDb(path))).toEqual({ a: "3", c: "x".repeat(100_000), d: "" });
    const names = await readdir(path);
    expect(names.filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("is read from tables and logs, the newest of all counts", async () => {
    const { entries, next } = parseFiles(await sampleFiles());
    expect(entries.get("k00")?.toString()).toBe("value of k00 ");
    expect(entries.get("k01")?.toString()).toBe("from the log");
    expect(entries.has("k02")).toBe(false);
    expect(entries.has("k05")).toBe(false);
    expect(entries.get("k11")?.toString()).toBe(`value of k11 ${"z".repeat(99)}`);
    expect(entries.get("new")).toHaveLength(40_000);
    expect(entries.size).toBe(11);
    expect(next).toEqual({ file: 91, sequence: 63 });
  });

  it("is without what its writer could not finish, and damaged where anything else is cut off", async () => {
    const files = await sampleFiles();
    for (const [name, whole] of files) {
      const isLog = name === "000007.log";
      if (name === "000002.log") continue;
      const step = isLog ? 997 : 1;
      for (let length = 0; length < whole.length; length += step) {
        const cut = new Map(files).set(name, whole.subarray(0, length));
        if (isLog) expect(parseFiles(cut).entries.get("k01")?.toString()).toBe("value of k01 zzzzzzzzz");
        // The line end of CURRENT does not matter, and a manifest may lack the last change.
        else if (name !== "MANIFEST-000004" && length < whole.length - (name === "CURRENT" ? 1 : 0)) {
          expect(() => parseFiles(cut)).toThrow(RangeError);
        }
      }
      const others = new Map(files);
      others.delete(name);
      if (!isLog) expect(() => parseFiles(others)).toThrow(RangeError);
    }
  });

  it("is damaged, or as it was, whichever byte is another one", async () => {
    const files = await sampleFiles();
    const whole = parseFiles(files);
    const names = [...files.keys()];
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (name, at, change) => {
          const bytes = Buffer.from(files.get(name) ?? "");
          const position = at % bytes.length;
          bytes[position] = (bytes[position] ?? 0) ^ change;
          try {
            const { entries } = parseFiles(new Map(files).set(name, bytes));
            // A length that reaches beyond the end is what an unfinished write looks like.
            if (name.endsWith("ldb") || name.endsWith("sst")) expect(entries).toEqual(whole.entries);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        },
      ),
      runs(400),
    );
  });

  it("is damaged, or anything, when what its checksums cover is made up", () => {
    const tables = new Map([[5, 1000]]);
    const current = ["CURRENT", Buffer.from("MANIFEST-000004\n")] as const;
    fc.assert(
      fc.property(fc.array(someBytes(60), { maxLength: 4 }), someBytes(40), (records, edit) => {
        const log = formatLog(records.map((record) => Buffer.from(record)));
        const manifest = formatManifest(new Map(), 7);
        for (const files of [
          new Map([current, ["MANIFEST-000004", manifest], ["000007.log", log]]),
          new Map([current, ["MANIFEST-000004", formatLog([Buffer.from(edit)])]]),
          new Map([current, ["MANIFEST-000004", formatManifest(tables, 7)], ["000005.ldb", log]]),
        ]) {
          try {
            parseFiles(files);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        }
      }),
      runs(300),
    );
  });

  it("is PROFILE_DAMAGED to its reader", async () => {
    await using folder = await temporaryFolder();
    for (const [name, bytes] of await sampleFiles()) await writeFile(folder.at(name), bytes);
    await writeFile(folder.at("CURRENT"), "MANIFEST-000009\n");
    await expect(readLevelDb(folder.path)).rejects.toMatchObject({ code: "PROFILE_DAMAGED" });
  });
});

describe("a log of LevelDB", () => {
  it("gives back records of every length", () => {
    const around = [0, 1, 32_753, 32_754, 32_755, 32_760, 32_761, 32_762, 32_768, 65_522, 100_000];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...around), { maxLength: 8 }), (lengths) => {
        const records = lengths.map((length, index) => Buffer.alloc(length, index));
        expect(readLogRecords(formatLog(records))).toEqual(records);
      }),
      runs(30),
    );
  });
});
