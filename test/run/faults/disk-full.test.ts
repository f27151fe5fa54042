import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LONG } from "../../support/long.ts";
import { NO_SMALL_DISK, smallDisk } from "../../support/small-disk.ts";
import { compareWithTable } from "./matrix.ts";
import { openPlace, PATIENTLY, SOON } from "./place.ts";

if (NO_SMALL_DISK !== null) process.stdout.write(`skipped: full disks: ${NO_SMALL_DISK}\n`);
const onSmallDisk = test.skipIf(NO_SMALL_DISK !== null).concurrent;
const atLength = test.skipIf(NO_SMALL_DISK !== null || !LONG).concurrent;

const ROOMY_BYTES = 16_000_000;
/** Less than the state. */
const TIGHT_BYTES = 1_000_000;

onSmallDisk("a disk that is too small for the state: the app starts without it", PATIENTLY, async () => {
  await using disk = await smallDisk(ROOMY_BYTES);
  await using place = await openPlace({ path: disk.path });
  await place.saveWell("alice");
  place.wipe();
  await disk.resize(TIGHT_BYTES);
  const run = place.start({ flags: SOON });
  expect(await run.appSays(/mode/)).toBe("normal mode, nobody");
  writeFileSync(join(disk.path, "data", "small"), "of no worth");
  await run.says(/: saved/);
  const status = await run.stop();
  expect(run.appSaid).toHaveLength(1);
  await compareWithTable("the disk is full at the restore", {
    run,
    status,
    unsaved: "nothing: what the app writes is in a snapshot tagged `quarantine`",
  });
  await disk.resize(ROOMY_BYTES);
  await place.mustHold("alice");
  await place.mustStartWith("alice");
});

atLength("a disk that fills up later: what is on it is saved", PATIENTLY, async () => {
  await using disk = await smallDisk(ROOMY_BYTES);
  await using place = await openPlace({ path: disk.path });
  await place.saveWell("alice");
  place.wipe();
  const run = place.start({ flags: SOON });
  expect(await run.appSays(/mode/)).toBe("normal mode, alice");
  place.write("alice of today");
  expect(() => writeFileSync(disk.at("ballast"), Buffer.alloc(2 * ROOMY_BYTES))).toThrow("ENOSPC");
  await run.says(/: saved/);
  const status = await run.stop();
  await compareWithTable("the disk is full later", { run, status });
  await place.mustHold("alice of today");
  await place.mustStartWith("alice of today");
});

onSmallDisk("a store that is full: saves are tried again until there is room", PATIENTLY, async () => {
  await using disk = await smallDisk(ROOMY_BYTES);
  await using place = await openPlace({ store: disk.at("store") });
  await place.saveWell("alice");
  place.wipe();
  const run = place.start({ flags: SOON });
  expect(await run.appSays(/mode/)).toBe("normal mode, alice");
  await disk.resize(2 * TIGHT_BYTES);
  place.write("alice of today");
  await run.says(/not saved/);
  await disk.resize(ROOMY_BYTES);
  await run.says(/: saved/);
  const status = await run.stop();
  await compareWithTable("the disk of the store is full", { run, status });
  await place.mustHold("alice of today");
  await place.mustStartWith("alice of today");
});
