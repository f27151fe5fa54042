import { join } from "node:path";
import { expect, test } from "vitest";
import { flipBit, readStore } from "../../cli/damage.ts";
import { LONG } from "../../support/long.ts";
import { compareWithTable } from "./matrix.ts";
import { type FaultPlace, openPlace, PATIENTLY, SOON } from "./place.ts";

/** The packs of a store in a folder. */
async function packsOf({ store }: FaultPlace): Promise<string[]> {
  return [...(await readStore(store)).keys()].filter((name) => name.startsWith("data/"));
}

async function damage(place: FaultPlace, names: readonly string[]): Promise<void> {
  for (const name of names) await flipBit(join(place.store, name));
}

test.concurrent(
  "a damaged snapshot is passed over for an older one, and what follows is the state",
  PATIENTLY,
  async () => {
    await using place = await openPlace();
    await place.saveWell("alice");
    const before = await packsOf(place);
    await place.saveWell("alice of yesterday");
    await damage(
      place,
      (await packsOf(place)).filter((name) => !before.includes(name)),
    );
    place.wipe();
    const run = place.start({ flags: SOON });
    expect(await run.appSays(/mode/)).toBe("normal mode, alice");
    place.write("alice of today");
    await run.says(/: saved/);
    const status = await run.stop();
    await compareWithTable("the newest snapshot is damaged", {
      run,
      status,
      also: /restored/,
      unsaved: "what the damaged snapshot had",
    });
    await place.mustHold("alice of today", ["alice of yesterday"]);
    await place.mustStartWith("alice of today");
  },
);

test
  .skipIf(!LONG)
  .concurrent(
    "an app whose snapshots are all damaged starts without its state, and is left alone",
    PATIENTLY,
    async () => {
      await using place = await openPlace();
      await place.saveWell("alice");
      const packs = await packsOf(place);
      await damage(place, packs);
      place.wipe();
      const run = place.start({ flags: SOON });
      expect(await run.appSays(/mode/)).toBe("normal mode, nobody");
      place.write("bob");
      await run.says(/: saved/);
      const status = await run.stop();
      expect(run.appSaid).toHaveLength(1);
      await compareWithTable("all snapshots are damaged", {
        run,
        status,
        unsaved: "nothing: what the app writes is in a snapshot tagged `quarantine`",
      });
      expect(await place.loginBeside("quarantine")).toBe("bob");
      await damage(place, packs);
      await place.mustHold("alice");
      await place.mustStartWith("alice");
    },
  );
