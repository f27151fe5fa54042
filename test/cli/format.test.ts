import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatTable,
  formatTime,
  printable,
  shownAddress,
} from "../../src/cli/format.ts";

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [1536, "1.5 KiB"],
  [1024 * 1024 - 1, "1.0 MiB"],
  [253_123_456, "241.4 MiB"],
  [5 * 1024 ** 3, "5.0 GiB"],
  [Number.MAX_SAFE_INTEGER, "8.0 PiB"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test("no size takes more than four digits before the point", () => {
  fc.assert(
    fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (bytes) =>
      /^\d{1,4}(\.\d)? ([KMGTP]i)?B$/.test(formatBytes(bytes)),
    ),
  );
});

test.each([
  [0, "0.00 s"],
  [0.345, "0.34 s"],
  [9.994, "9.99 s"],
  [9.996, "10 s"],
  [59.6, "1 min 0 s"],
  [200, "3 min 20 s"],
  [7500, "2 h 5 min"],
])("%d seconds are %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test.each([
  [0, "0"],
  [999, "999"],
  [1000, "1,000"],
  [12_345_678, "12,345,678"],
])("%i is %s", (count, text) => {
  expect(formatCount(count)).toBe(text);
});

test("a time stands in the zone of the machine", () => {
  expect(formatTime(new Date(2026, 0, 2, 3, 4, 5))).toBe("2026-01-02 03:04:05");
});

test("columns line up by what is seen, not by characters", () => {
  const rows = [
    ["名前", "1"],
    ["a", "23"],
    ["👩‍👩‍👧", "4"],
  ];
  expect(formatTable(rows, ["left", "right"])).toBe("名前   1\na     23\n👩‍👩‍👧     4");
});

test.each([
  ["./.holdfast", "./.holdfast"],
  ["s3://bucket/prefix?signature=x", "s3://bucket/prefix"],
  ["webdavs://user:secret@host/path", "webdavs://host/path"],
  ["webdavs://user:s@cret@host/path", "webdavs://host/path"],
])("the address %s is shown as %s", (address, shown) => {
  expect(shownAddress(address)).toBe(shown);
});

test("nothing printable is changed, nothing else is left", () => {
  expect(printable("plain, ünïcödé, 名前, 🙂")).toBe("plain, ünïcödé, 名前, 🙂");
  expect(printable("a\u001b[31mb\r\u202ec\u0000")).toBe("a\\u001b[31mb\\u000d\\u202ec\\u0000");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => !/\p{Cc}/u.test(printable(text))));
});
