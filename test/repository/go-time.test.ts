import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatTime, parseTime } from "../../src/repository/go-time.ts";
import { runs } from "../support/property.ts";
import { unlessDamaged } from "./damage.ts";
import { GO_VECTORS } from "./go-vectors.ts";

const toNs = ([seconds, nanoseconds]: readonly [number, number]): bigint =>
  BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);

const FIRST_NS = -62_167_219_200_000_000_000n;
const LAST_NS = 253_402_300_799_999_999_999n;
const anyTime = fc.bigInt(FIRST_NS, LAST_NS);

describe("as Go does", () => {
  test("times are written", () => {
    expect(GO_VECTORS.formatted.map(({ instant }) => formatTime(toNs(instant)))).toEqual(
      GO_VECTORS.formatted.map(({ text }) => text),
    );
  });

  test("times are read, or refused", () => {
    const expected = GO_VECTORS.parsed.map(({ instant }) => (instant === null ? null : toNs(instant)));
    expect(GO_VECTORS.parsed.map(({ text }) => unlessDamaged(() => parseTime(text)))).toEqual(expected);
  });
});

test("every nanosecond of the years 0 to 9999 comes back", () => {
  fc.assert(
    fc.property(anyTime, (timeNs) => {
      expect(parseTime(formatTime(timeNs))).toBe(timeNs);
    }),
    runs(2_000),
  );
});

test("a zone moves the hour and nothing else", () => {
  const zone = fc.record({
    minutes: fc.integer({ min: 0, max: 23 * 60 + 59 }),
    sign: fc.constantFrom("+", "-"),
  });
  fc.assert(
    fc.property(anyTime, zone, (timeNs, { minutes, sign }) => {
      const two = (number: number): string => String(number).padStart(2, "0");
      const suffix = `${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
      const offsetNs = BigInt(sign === "+" ? minutes : -minutes) * 60_000_000_000n;
      expect(parseTime(formatTime(timeNs).replace("Z", suffix))).toBe(timeNs - offsetNs);
    }),
    runs(1_000),
  );
});

test("times that Go's JSON cannot hold become the nearest second that it can", () => {
  expect(formatTime(FIRST_NS - 1n)).toMatch(/^0000-01-01T00:00:00/);
  expect(formatTime(LAST_NS + 1n)).toMatch(/^9999-12-31T23:59:59/);
  expect(formatTime(2n ** 63n * 1_000_000_000n)).toMatch(/^9999-12-31T23:59:59/);
});

test("any text is a time or is refused, also right after a good one", () => {
  const almostTime = fc.string({ unit: fc.constantFrom(..."0123456789-:TZ.+ ".split("")), maxLength: 36 });
  const changed = fc
    .tuple(anyTime, fc.nat(40), fc.nat(3), fc.string({ maxLength: 3 }))
    .map(([timeNs, start, count, insert]) =>
      formatTime(timeNs).split("").toSpliced(start, count, insert).join(""),
    );
  fc.assert(
    fc.property(anyTime, fc.oneof(almostTime, changed, fc.string()), (goodNs, text) => {
      expect(parseTime(formatTime(goodNs))).toBe(goodNs);
      const timeNs = unlessDamaged(() => parseTime(text));
      if (timeNs !== null) expect(formatTime(timeNs).length).toBeGreaterThan(0);
    }),
    runs(3_000),
  );
});
