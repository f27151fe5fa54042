import { describe, expect, test } from "vitest";
import { hold, take } from "../../run/lease-scene.ts";
import { VirtualTime } from "../../run/virtual-time.ts";
import { googleDrivePlace, oneDrivePlace } from "./places.ts";

describe.each([
  ["OneDrive", () => oneDrivePlace()],
  ["a Google Drive whose listings are late", () => googleDrivePlace({ lateMs: 400 })],
] as const)("the lease in %s", (_, openPlace) => {
  test("is handed over, and the old one sees that it is", async () => {
    await using place = await openPlace();
    const time = new VirtualTime();
    const old = await time.until(take(await place.open(), time));
    const holding = hold(old, time);
    const young = await time.until(take(await place.open(), time));
    expect(await time.until(holding)).toBe("lost");
    expect(await young.poll()).toBe("held");
  });

  test("of several who take it at once is held by one, once all have looked again", async () => {
    await using place = await openPlace();
    const time = new VirtualTime();
    const leases = await Promise.all(
      Array.from({ length: 4 }, async () => time.until(take(await place.open(), time, { handoverMs: 0 }))),
    );
    const states = [];
    for (const lease of leases) states.push(await lease.poll());
    expect(states.filter((state) => state !== "lost").length).toBe(1);
  });
});
