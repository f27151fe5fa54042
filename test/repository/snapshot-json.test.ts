import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decodeSnapshot, encodeSnapshot } from "../../src/repository/snapshot.ts";
import { runs } from "../support/property.ts";
import { anySnapshot } from "./arbitrary-values.ts";
import { expectDamaged, unlessDamaged } from "./damage.ts";
import { fuzzedJson } from "./fuzzed-json.ts";
import { randomId } from "./scratch.ts";

const id = randomId();

test("any snapshot comes back from its file", () => {
  fc.assert(
    fc.property(anySnapshot, (snapshot) => {
      expect(decodeSnapshot(id, encodeSnapshot(snapshot))).toEqual({ ...snapshot, id });
    }),
    runs(500),
  );
});

test("any JSON is a snapshot or is refused, and what is taken can be written and read again", () => {
  fc.assert(
    fc.property(fuzzedJson(anySnapshot.map(encodeSnapshot)), (text) => {
      const snapshot = unlessDamaged(() => decodeSnapshot(id, text));
      if (snapshot === null) return;
      const written = encodeSnapshot(snapshot);
      expect(encodeSnapshot(decodeSnapshot(id, written))).toBe(written);
    }),
    runs(800),
  );
});

test("what Go writes for nothing is nothing", () => {
  const text = `{"time":"2024-01-01T00:00:00Z","tree":"${id}","paths":null,"tags":null,"parent":null}`;
  expect(decodeSnapshot(id, text)).toMatchObject({
    paths: [],
    tags: [],
    parent: null,
    summary: null,
    uid: 0,
  });
});

test("a snapshot without a tree or a time is none", () => {
  expectDamaged(() => decodeSnapshot(id, `{"time":"2024-01-01T00:00:00Z"}`));
  expectDamaged(() => decodeSnapshot(id, `{"tree":"${id}"}`));
});
