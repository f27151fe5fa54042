import { describe, expect, test } from "vitest";
import { bytesOf, filesNamed, namesIn } from "../../../src/stores/conformance/case.ts";
import type { HubLimits } from "../../../src/stores/hub/limits.ts";
import { failure } from "../conformance.ts";
import { beforeCommit, type HubPlace, hubPlace, REPO } from "./hub-store.ts";

const limits: HubLimits = { filesACommit: 3, entriesAFolder: 4 };

function file(name: string): { name: string; bytes: Uint8Array } {
  return { name, bytes: bytesOf(name) };
}

function commitsOf(place: HubPlace): number {
  return place.hub.repo(REPO)?.commits().length ?? 0;
}

describe("files of one commit", () => {
  test("as many as fit are one commit", async () => {
    await using place = await hubPlace();
    const store = await place.open({ limits });
    await store.write([file("data/1"), file("index/2"), file("snapshots/3")]);
    expect(commitsOf(place)).toBe(2);
  });

  test("more make several, and those written first are visible first", async () => {
    await using place = await hubPlace();
    const store = await place.open({ limits });
    await store.write([file("config")]);
    for (const pack of filesNamed(["data/a/1", "data/b/2", "data/c/3", "data/d/4"], 30_000))
      await store.write([pack], { deferred: true });
    const condition = { present: ["config", "data/d/4"], absent: "locks/" };
    await store.write([file("data/d/5"), file("index/6"), file("snapshots/7")], { condition });
    expect(commitsOf(place)).toBe(5);
    expect(await namesIn(await place.open(), "")).toHaveLength(8);
  });

  test("a commit that fails leaves nothing that refers to what is not there, and may be repeated", async () => {
    await using place = await hubPlace();
    const store = await place.open({ limits });
    await store.write([file("config")]);
    const quota = { fault: { kind: "commit-quota" }, path: /\/commit\//, nth: [2] } as const;
    const active = place.hub.faults.add(quota);
    for (const pack of filesNamed(["data/1", "data/2", "data/3"], 30_000))
      await store.write([pack], { deferred: true });
    const rest = [file("index/4"), file("snapshots/5")];
    await failure(store.write(rest), "STORE_UNREACHABLE");
    active.remove();
    const seen = await namesIn(await place.open(), "");
    expect(seen).toEqual(["config", "data/1", "data/2", "data/3"]);
    await store.write(rest);
    expect(await namesIn(await place.open(), "")).toEqual([...seen, "index/4", "snapshots/5"]);
  });

  test("what another writer removes between two of them stops the rest", async () => {
    await using place = await hubPlace();
    const other = await place.open({ limits });
    await other.write([file("config")]);
    const removal = async (): Promise<void> => other.remove(["data/1"]);
    const store = await place.open({ limits, fetch: beforeCommit(2, removal) });
    for (const pack of filesNamed(["data/1", "data/2", "data/3"], 30_000))
      await store.write([pack], { deferred: true });
    const rest = [file("index/4"), file("snapshots/5")];
    const condition = { present: ["config", "data/1"], absent: "locks/" };
    await failure(store.write(rest, { condition }), "CONFLICT");
    expect(await namesIn(await place.open(), "")).toEqual(["config", "data/2", "data/3"]);
  });

  test("a condition that does not hold shows none of them", async () => {
    await using place = await hubPlace();
    const store = await place.open({ limits });
    await store.write([file("locks/1")]);
    const files = ["data/1", "data/2", "index/3", "snapshots/4"].map(file);
    await failure(store.write(files, { condition: { present: [], absent: "locks/" } }), "CONFLICT");
    expect(await namesIn(await place.open(), "")).toEqual(["locks/1"]);
  });

  test("a name that is taken stops all of them", async () => {
    await using place = await hubPlace();
    const store = await place.open({ limits });
    await store.write([file("index/4")]);
    const files = ["data/1", "data/2", "data/3", "index/4"].map(file);
    await failure(store.write(files, { createOnly: true }), "ALREADY_EXISTS");
    expect(await namesIn(await place.open(), "")).toEqual(["index/4"]);
  });
});

describe("entries of a folder", () => {
  test("a folder that would get too many is refused before its commit, with the way out", async () => {
    await using place = await hubPlace();
    const store = await place.open({ limits });
    await store.write([file("snapshots/1"), file("snapshots/2"), file("data/a/1")]);
    await store.write([file("snapshots/3"), file("snapshots/4"), file("data/b/1")]);
    const before = commitsOf(place);
    const { message, hint } = await failure(store.write([file("snapshots/5")]), "FAILED");
    expect(message).toContain("the folder snapshots in the dataset would get more than the 4 entries");
    expect(hint).toContain("holdfast forget --prune");
    expect(commitsOf(place)).toBe(before);
    await store.write([file("snapshots/4"), file("data/c/1")]);
    await store.remove(["snapshots/1"]);
    await store.write([file("snapshots/5")]);
  });

  test("folders count as entries, and none of several commits is made", async () => {
    await using place = await hubPlace();
    const store = await place.open({ limits });
    await store.write([file("data/a/1"), file("data/b/1"), file("data/c/1")]);
    const files = ["data/a/2", "data/d/1", "data/d/2", "data/e/1"].map(file);
    await failure(store.write(files), "FAILED");
    expect(commitsOf(place)).toBe(2);
  });
});
