import {
  lstatSync,
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { fromText } from "../../src/base/byte-string.ts";
import * as libc from "../../src/base/libc.ts";
import {
  exchange,
  listExtendedAttributes,
  makeFifo,
  renameNoReplace,
  setExtendedAttribute,
  setFileTimes,
  setTimes,
} from "../../src/base/system.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

vi.mock("../../src/base/libc.ts", { spy: true });
afterEach(() => vi.resetAllMocks());

const TIMES_NS = [
  0n,
  1n,
  999_999_999n,
  1_700_000_000_123_456_789n,
  -1n,
  -1_000_000_000n,
  -1_000_000_001n,
  4_102_444_800_000_000_001n,
];

async function twoFiles(): Promise<TemporaryFolder> {
  const folder = await temporaryFolder();
  writeFileSync(folder.at("a"), "a");
  writeFileSync(folder.at("b"), "b");
  return folder;
}

test("two entries are exchanged, be they a file and a full folder", async () => {
  await using folder = await twoFiles();
  mkdirSync(folder.at("folder", "deeper"), { recursive: true });
  expect(exchange(fromText(folder.at("a")), fromText(folder.at("b")))).toBe(true);
  expect(readFileSync(folder.at("a"), "utf8")).toBe("b");
  expect(exchange(fromText(folder.at("a")), fromText(folder.at("folder")))).toBe(true);
  expect(readdirSync(folder.at("a"))).toEqual(["deeper"]);
  const missing = (): boolean => exchange(fromText(folder.at("a")), fromText(folder.at("missing")));
  expect(missing).toThrow(expect.objectContaining({ code: "ENOENT", syscall: "renameat2" }));
});

test("a rename that must not replace does not", async () => {
  await using folder = await twoFiles();
  const onto = (name: string) => () => renameNoReplace(fromText(folder.at("a")), fromText(folder.at(name)));
  expect(onto("b")).toThrow(expect.objectContaining({ code: "EEXIST" }));
  expect(onto("c")()).toBe(true);
  expect(readdirSync(folder.path)).toEqual(["b", "c"]);
});

test.each(TIMES_NS)("the time %d is set to the nanosecond, of a path, a file and a link", async (timeNs) => {
  await using folder = await twoFiles();
  symlinkSync("a", folder.at("link"));
  setTimes(fromText(folder.at("link")), timeNs, timeNs + 1n);
  expect(lstatSync(folder.at("link"), { bigint: true })).toMatchObject({
    atimeNs: timeNs,
    mtimeNs: timeNs + 1n,
  });
  const fd = openSync(folder.at("b"), "r+");
  setFileTimes(fd, timeNs, timeNs - 1n);
  closeSync(fd);
  expect(statSync(folder.at("b"), { bigint: true })).toMatchObject({ atimeNs: timeNs, mtimeNs: timeNs - 1n });
  expect(statSync(folder.at("a")).mtimeMs).toBeGreaterThan(1_600_000_000_000);
});

test("attributes of users are set and listed, sorted, with any value", async () => {
  await using folder = await twoFiles();
  const path = fromText(folder.at("a"));
  const attributes = [
    { name: "user.empty", value: Buffer.alloc(0) },
    { name: "user.raw", value: Buffer.from([0, 255, 10]) },
    { name: "user.ünicode", value: Buffer.from("x".repeat(1000)) },
  ];
  for (const attribute of attributes.toReversed()) expect(setExtendedAttribute(path, attribute)).toBe(true);
  expect(listExtendedAttributes(path)).toEqual(attributes);
  expect(listExtendedAttributes(fromText(folder.at("b")))).toEqual([]);
  expect(() => listExtendedAttributes(fromText(folder.at("none")))).toThrow(
    expect.objectContaining({ code: "ENOENT" }),
  );
});

test("a named pipe is made", async () => {
  await using folder = await temporaryFolder();
  expect(makeFifo(fromText(folder.at("pipe")), 0o600)).toBe(true);
  expect(lstatSync(folder.at("pipe")).isFIFO()).toBe(true);
});

test("without the C library, times are set to a microsecond and the rest says that it cannot", async () => {
  await using folder = await twoFiles();
  vi.mocked(libc.libc).mockReturnValue(null);
  const [a, b] = [fromText(folder.at("a")), fromText(folder.at("b"))];
  expect([exchange(a, b), renameNoReplace(a, b), makeFifo(b, 0o600)]).toEqual([false, false, false]);
  expect(setExtendedAttribute(a, { name: "user.x", value: Buffer.alloc(1) })).toBe(false);
  expect(listExtendedAttributes(a)).toEqual([]);
  setTimes(a, 0n, 1_700_000_000_123_456_789n);
  const offNs = statSync(folder.at("a"), { bigint: true }).mtimeNs - 1_700_000_000_123_456_789n;
  expect(Math.abs(Number(offNs))).toBeLessThan(1000);
});
