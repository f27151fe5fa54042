import { mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { NO_SMALL_DISK } from "../../support/small-disk.ts";
import { compareWithTable } from "./matrix.ts";
import { openPlace, PATIENTLY } from "./place.ts";

if (NO_SMALL_DISK !== null) process.stdout.write(`skipped: two machines: ${NO_SMALL_DISK}\n`);

test.skipIf(NO_SMALL_DISK !== null)(
  "a second instance on another machine starts with what the first one had a moment ago",
  PATIENTLY,
  async () => {
    await using place = await openPlace();
    await place.saveWell("alice");
    place.wipe();
    const first = place.start();
    expect(await first.appSays(/mode/)).toBe("normal mode, alice");
    place.write("alice of today");
    const machine = place.at("other");
    mkdirSync(machine);
    const second = place.start({ machine });
    expect(await second.appSays(/mode/)).toBe("normal mode, alice of today");
    // too late: this state is no longer the good one
    place.write("alice of the first machine");
    expect(await first.stop()).toBe(0);
    mkdirSync(place.at("other", "data"), { recursive: true });
    writeFileSync(place.at("other", "data", "note"), "of the second machine");
    const status = await second.stop();
    await compareWithTable("two instances on two machines", {
      run: first,
      status,
      also: /hand/,
      unsaved: "nothing: what the first instance still writes is in a snapshot tagged `fork`",
    });
    expect(await place.loginBeside("fork")).toBe("alice of the first machine");
    await place.mustHold("alice of today");
    await place.mustStartWith("alice of today");
  },
);
