import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { ByteString } from "../../src/base/byte-string.ts";
import { LongPaths } from "../../src/base/long-path.ts";
import { AheadListings, listFolder } from "../../src/capture/listing.ts";
import { findStateFolders } from "../../src/capture/state-paths.ts";
import { asNobody } from "./as-nobody.ts";
import { bytePath, savedNames, type Scene, scene } from "./saving.ts";

async function lookedAhead(place: Scene, longPaths: LongPaths): Promise<AheadListings> {
  const ahead = new AheadListings(longPaths);
  await ahead.start(findStateFolders([place.state]));
  return ahead;
}

test("a folder is listed by bytes, with a look at each entry", async () => {
  await using place = await scene();
  for (const name of ["b", "a", "ä", "Z", "aa"]) writeFileSync(place.at(name), name);
  using longPaths = new LongPaths();
  const listing = listFolder(bytePath(place.state), longPaths);
  expect(listing.map(({ name }) => name)).toEqual(["Z", "a", "aa", "b", bytePath("ä")]);
  expect(listing.map(({ stats }) => stats?.size)).toEqual([1n, 1n, 2n, 1n, 2n]);
});

test("folders are listed ahead of time, each to be taken once", async () => {
  await using place = await scene();
  for (const name of ["a", "folder/b", "folder/deep/c"]) writeFileSync(place.at(name), name);
  using longPaths = new LongPaths();
  const ahead = await lookedAhead(place, longPaths);
  const namesOf = (path: string): readonly string[] | undefined =>
    ahead.take(bytePath(path))?.map(({ name }) => name);
  expect(namesOf(place.state)).toEqual(["a", "folder"]);
  expect(namesOf(place.at("folder"))).toEqual(["b", "deep"]);
  expect(namesOf(place.at("folder", "deep"))).toEqual(["c"]);
  expect(namesOf(place.state)).toBeUndefined();
  expect(namesOf(place.beside("elsewhere"))).toBeUndefined();
});

test("what cannot be listed is left to whoever needs it", async () => {
  await using place = await scene();
  mkdirSync(place.at("closed"));
  chmodSync(place.at("closed"), 0);
  chmodSync(place.beside(), 0o755);
  using longPaths = new LongPaths();
  const ahead = await asNobody(() => lookedAhead(place, longPaths));
  expect(ahead.take(bytePath(place.at("closed")))).toBeNull();
  const gone = findStateFolders([place.state]);
  rmSync(place.state, { recursive: true });
  await ahead.start(gone);
});

test("a save goes on from what was listed, and lists the rest itself", async () => {
  await using place = await scene();
  for (let count = 0; count < 300; count += 1)
    writeFileSync(place.at(`${count % 30}`, `${count}`), `${count}`);
  using longPaths = new LongPaths();
  const ahead = new AheadListings(longPaths);
  const listing = ahead.start(findStateFolders([place.state]));
  ahead.stop(); // in the middle of it
  const { snapshot } = await place.save({ ahead });
  await listing;
  expect(await savedNames(place.repository, snapshot)).toHaveLength(330);
  expect(ahead.take("nowhere" as ByteString)).toBeNull();
});
