import { expect, test } from "vitest";
import { leaseTimes } from "../../src/run/lease-clock.ts";
import { openStore } from "../../src/stores/open.ts";

test("a lease is looked at as often as the store bears, and the holder has the time to answer", async () => {
  const credentials = { webdav: { user: "alice", password: "secret", token: null } };
  for (const [url, pollMs] of [
    ["./somewhere", 2000],
    ["webdavs://dav.example.com/app", 5000],
    ["webdavs://dav.jianguoyun.com/dav/app", 15_000],
  ] as const) {
    const store = await openStore(url, { credentials });
    const times = leaseTimes(store.traits);
    expect(times.pollMs, url).toBe(pollMs);
    expect(times.answerMs, url).toBeGreaterThan(2 * pollMs);
    await store.close();
  }
});
