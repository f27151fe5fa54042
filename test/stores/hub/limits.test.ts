import { describe, expect, test } from "vitest";
import {
  bytesOf,
  filesNamed,
  isVisible,
  listAll,
  namesIn,
  pattern,
} from "../../../src/stores/conformance/case.ts";
import type { RetryOptions } from "../../../src/stores/retry.ts";
import type { Store } from "../../../src/stores/store.ts";
import { failure } from "../conformance.ts";
import { type HubPlace, hubPlace, REPO } from "./hub-store.ts";

/** A clock that only waiting moves. */
function virtualTime(): {
  readonly retry: RetryOptions;
  readonly clock: () => number;
  readonly waits: number[];
} {
  let nowMs = Date.parse("2026-11-01T00:00:00Z");
  const waits: number[] = [];
  const sleep = async (delayMs: number): Promise<void> => {
    waits.push(delayMs);
    nowMs += delayMs;
  };
  return { waits, clock: () => nowMs, retry: { sleep, random: () => 0.5 } };
}

async function saveTimes(store: Store, count: number, from = 0): Promise<void> {
  for (let i = from; i < from + count; i += 1)
    await store.write([{ name: `snapshots/${i}`, bytes: bytesOf(`${i}`) }]);
}

function commitsOf(place: HubPlace): number {
  return place.hub.repo(REPO)?.commits().length ?? 0;
}

describe("limits of the Hub", () => {
  test.each([
    [{ kind: "rate-limit", waitSeconds: 120 } as const, 121_000],
    [
      {
        kind: "status",
        status: 429,
        headers: { ratelimit: '"api";r=12;t=250', "retry-after": "7" },
      } as const,
      7000,
    ],
  ])("429 is waited for exactly as told: %o", async (fault, waitMs) => {
    const time = virtualTime();
    await using place = await hubPlace({ now: time.clock });
    const store = await place.open({ retry: time.retry });
    await store.write([{ name: "config", bytes: bytesOf("config") }]);
    place.hub.faults.add({ fault, path: /\/tree\//, nth: 1 });
    expect(await listAll(await place.open({ retry: time.retry }), "")).toHaveLength(1);
    expect(time.waits).toEqual([waitMs]);
  });

  test("429 that asks for no patience is given up at last", async () => {
    const time = virtualTime();
    await using place = await hubPlace({ now: time.clock });
    const store = await place.open({ retry: { ...time.retry, maxAttempts: 4 } });
    await store.write([{ name: "config", bytes: bytesOf("config") }]);
    place.hub.faults.add({
      fault: { kind: "status", status: 429, headers: { "retry-after": "0" } },
      path: /\/tree\//,
    });
    await failure(
      listAll(await place.open({ retry: { ...time.retry, maxAttempts: 4 } }), ""),
      "STORE_UNREACHABLE",
    );
    expect(time.waits).toHaveLength(3);
  });

  test("a free account's limit of requests is met and waited for", async () => {
    const time = virtualTime();
    await using place = await hubPlace({ now: time.clock, limits: { apiRequests: 30 } });
    await saveTimes(await place.open({ retry: time.retry }), 15);
    expect(time.waits.length).toBeGreaterThan(0);
    expect(commitsOf(place)).toBe(16);
  });

  test("the quota of commits is never met, and the budget says when to come again", async () => {
    const time = virtualTime();
    await using place = await hubPlace({ now: time.clock, limits: { commitsPerHour: 128 } });
    const store = await place.open({ retry: time.retry });
    expect(await store.nextWriteAt?.()).toBe(null);
    await saveTimes(store, 50);
    expect(await store.nextWriteAt?.()).toBe(null);
    await saveTimes(store, 1, 50);
    // as another process sees it, too
    for (const each of [store, await place.open({ retry: time.retry })])
      expect((await each.nextWriteAt?.())?.getTime()).toBe(time.clock() + 3_600_000);
  });

  test("a save beyond the budget goes, but not as far as the quota", async () => {
    const time = virtualTime();
    await using place = await hubPlace({ now: time.clock, limits: { commitsPerHour: 128 } });
    const store = await place.open({ retry: time.retry });
    await saveTimes(store, 109);
    const { message } = await failure(saveTimes(store, 1, 109), "STORE_UNREACHABLE");
    expect(message).toMatch(
      /has seen so many commits in this hour that the Hub would refuse one for 60 more/,
    );
    expect(place.hub.requests.filter(({ status }) => status === 429)).toEqual([]);
    await time.retry.sleep?.(3_600_000 - 300_000, undefined);
    await saveTimes(store, 1, 109);
    expect(time.waits.at(-1)).toBe(300_000);
  });

  test("a quota that others have used up is said at once, with no vain attempts", async () => {
    await using place = await hubPlace();
    const fault = place.hub.faults.add({ fault: { kind: "commit-quota" }, path: /\/commit\// });
    const { message } = await failure(saveTimes(await place.open(), 1), "STORE_UNREACHABLE");
    expect(message).toContain("rate limit for repository commits");
    expect(fault.hits).toBe(1);
  });

  test("giving up the history does not make the budget forget", async () => {
    const time = virtualTime();
    await using place = await hubPlace({ now: time.clock });
    const store = await place.open({ retry: time.retry });
    await saveTimes(store, 30);
    await store.history?.compact();
    const firstMs = time.clock();
    await time.retry.sleep?.(1_800_000, undefined);
    await saveTimes(store, 30, 30);
    await store.history?.compact();
    expect(commitsOf(place)).toBe(1);
    const other = await place.open({ retry: time.retry });
    // the first thirty count for an hour, not for longer because they were squashed again
    expect((await other.nextWriteAt?.())?.getTime()).toBe(firstMs + 3_600_000);
    await time.retry.sleep?.(1_800_000, undefined);
    expect(await (await place.open({ retry: time.retry })).nextWriteAt?.()).toBe(null);
  });
});

describe("a bad network", () => {
  test.each(["reset", "server-error", "bad-gateway", "truncated", "answer-lost"] as const)(
    "every request failing once is no harm: %s",
    async (kind) => {
      await using place = await hubPlace();
      const [pack] = filesNamed(["data/1"], 40_000);
      if (pack === undefined) throw new Error("no pack");
      place.hub.faults.add({ fault: { kind }, probability: 0.3, seed: 7 });
      const store = await place.open();
      await store.write([pack]);
      await store.write([{ name: "keys/1", bytes: bytesOf("{}") }]);
      const other = await place.open();
      expect(await isVisible(other, pack)).toBe(true);
      expect(Buffer.from(await other.read("keys/1")).toString()).toBe("{}");
      place.hub.faults.clear();
      expect(await namesIn(await place.open(), "")).toEqual(["data/1", "keys/1"]);
      expect(commitsOf(place)).toBe(3);
    },
  );

  test("an address that has expired is asked for again", async () => {
    await using place = await hubPlace();
    const store = await place.open();
    const bytes = pattern(30_000);
    await store.write([{ name: "data/1", bytes }]);
    place.hub.faults.add({ fault: { kind: "expired-url" }, path: /\/resolve\//, nth: [1, 2] });
    expect(await isVisible(await place.open(), { name: "data/1", bytes })).toBe(true);
  });

  test("a file that is not there yet, just after its commit, is waited for", async () => {
    await using place = await hubPlace();
    const store = await place.open();
    const bytes = pattern(30_000);
    await store.write([
      { name: "data/1", bytes },
      { name: "keys/1", bytes: bytesOf("{}") },
    ]);
    place.hub.faults.add({ fault: { kind: "not-yet" }, path: /\/resolve\//, times: 4 });
    expect(await isVisible(store, { name: "data/1", bytes })).toBe(true);
    expect(Buffer.from(await store.read("keys/1")).toString()).toBe("{}");
  });

  test("a reader goes on after another writer has given up the history", async () => {
    await using place = await hubPlace();
    const store = await place.open();
    await store.write([{ name: "keys/1", bytes: bytesOf("{}") }]);
    const reader = await place.open();
    await namesIn(reader, "");
    place.hub.faults.add({
      fault: { kind: "status", status: 404, headers: { "x-error-code": "RevisionNotFound" } },
      path: new RegExp(`/resolve/${place.hub.repo(REPO)?.head}/`),
    });
    await store.history?.compact();
    expect(Buffer.from(await reader.read("keys/1")).toString()).toBe("{}");
  });
});
