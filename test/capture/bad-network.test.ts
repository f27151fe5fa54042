import { appendFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isHoldfastError } from "../../src/base/errors.ts";
import { saveFolders } from "../../src/capture/save.ts";
import { checkRepository } from "../../src/repository/check.ts";
import { removeSnapshots } from "../../src/repository/forget.ts";
import { pruneRepository } from "../../src/repository/prune.ts";
import { listSnapshots } from "../../src/repository/snapshot.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import { locksIn } from "../repository/lock-files.ts";
import { reopened, scratchRepository } from "../repository/scratch.ts";
import { withFaults } from "../stores/faulty.ts";
import { LONG } from "../support/long.ts";
import { createRandom, printedSeed } from "../support/random.ts";
import { longAgo, savedContent, savedEntries, scene } from "./saving.ts";

test("on a bad network every snapshot that can be seen is whole, whatever was cut off before", async () => {
  const random = createRandom(printedSeed("bad network"));
  await using place = await scene();
  for (let round = LONG ? 100 : 10; round > 0; round -= 1) {
    const inner = scratchRepository(openMemoryStore({ traits: { atomicBatch: round % 2 === 0 } }));
    const store = withFaults(inner.store, { random, probability: 0.15 });
    const logs = new Map<string, string>();
    writeFileSync(place.at("log"), "");
    for (let step = 0; step < 8; step += 1) {
      appendFileSync(place.at("log"), `step ${step}\n`);
      writeFileSync(place.at("folder", `${step % 3}`), random.bytes(random.between(0, 3_000)));
      const outer = reopened(inner, store);
      const [oldest, ...others] = await listSnapshots(reopened(inner));
      const newest = others.at(-1) ?? oldest ?? null;
      const log = Array.from({ length: step + 1 }, (_, each) => `step ${each}\n`).join("");
      await unlessUnreachable(async () => {
        const parent = newest === null ? null : longAgo(newest);
        const options = { folders: [place.state], parent, tags: [`${step}`], programVersion: "" };
        await saveFolders(outer, options);
      });
      logs.set(`${step}`, log);
      if (step % 3 === 2 && oldest !== undefined)
        await unlessUnreachable(() => removeSnapshots(outer, [oldest.id]));
      if (step % 3 === 2) await unlessUnreachable(() => pruneRepository(reopened(outer), { maxUnused: 0 }));

      // What the network has left of a lock is abandoned only when this process is gone.
      await inner.store.remove(await locksIn(inner));
      const report = await checkRepository(reopened(inner), { readData: true });
      expect(report.damaged).toEqual([]);
      expect(report.problems.filter(({ kind }) => kind !== "index-missing")).toEqual([]);
      for (const snapshot of await listSnapshots(reopened(inner))) {
        const node = (await savedEntries(inner, snapshot)).get("log");
        expect((await savedContent(inner, node)).toString()).toBe(logs.get(snapshot.tags[0] ?? ""));
      }
    }
  }
});

async function unlessUnreachable(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isHoldfastError(error, "STORE_UNREACHABLE", "LOCKED")) throw error;
  }
}
