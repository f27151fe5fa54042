import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import type { SaveReport } from "../../src/capture/save.ts";
import { loadIndex } from "../../src/repository/index-files.ts";
import { packName } from "../../src/repository/layout.ts";
import type { Snapshot } from "../../src/repository/snapshot.ts";
import { reopened } from "../repository/scratch.ts";
import { asNobody } from "./as-nobody.ts";
import { longAgo, savedContent, savedEntries, savedNames, type Scene, scene } from "./saving.ts";

/** A state that everybody may read, but for what a test closes. */
async function openScene(): Promise<Scene> {
  const place = await scene();
  for (const name of ["a", "b", "folder/c", "folder/deep/d"])
    writeFileSync(place.at(name), `content of ${name}`);
  chmodSync(dirname(place.state), 0o755);
  return place;
}

const saveAsNobody = (place: Scene, parent: Snapshot | null): Promise<SaveReport> =>
  asNobody(() => place.save({ parent: parent === null ? null : longAgo(parent) }));

test("a file that may not be read is kept as the parent has it, and told", async () => {
  await using place = await openScene();
  const first = await place.save();
  writeFileSync(place.at("a"), "changed since");
  chmodSync(place.at("a"), 0);
  const second = await saveAsNobody(place, first.snapshot);
  expect(second.problems).toEqual([{ kind: "unreadable", path: "a", reason: "EACCES", kept: true }]);
  const [before, after] = [
    await savedEntries(place.repository, first.snapshot),
    await savedEntries(place.repository, second.snapshot),
  ];
  expect(after.get("a")).toEqual(before.get("a"));
  expect((await savedContent(place.repository, after.get("a"))).toString()).toBe("content of a");
  expect(second.counts).toMatchObject({ filesUnchanged: 4, stateBytes: first.counts.stateBytes });

  chmodSync(place.at("a"), 0o644);
  const third = await saveAsNobody(place, second.snapshot);
  expect(third.problems).toEqual([]);
  expect(third.counts).toMatchObject({ filesChanged: 1 });
});

test("a file that may not be read and was never saved is left out, and told", async () => {
  await using place = await openScene();
  chmodSync(place.at("a"), 0);
  const { snapshot, problems } = await saveAsNobody(place, null);
  expect(problems).toEqual([{ kind: "unreadable", path: "a", reason: "EACCES", kept: false }]);
  expect(await savedNames(place.repository, snapshot)).not.toContain("a");
});

test("a folder that may not be listed is kept with all that the parent has in it", async () => {
  await using place = await openScene();
  const first = await place.save();
  chmodSync(place.at("folder"), 0);
  const second = await saveAsNobody(place, first.snapshot);
  chmodSync(place.at("folder"), 0o755);
  expect(second.problems).toEqual([{ kind: "unreadable", path: "folder", reason: "EACCES", kept: true }]);
  expect(await savedNames(place.repository, second.snapshot)).toEqual(
    await savedNames(place.repository, first.snapshot),
  );
});

test("a folder that may be listed and not entered loses nothing either", async () => {
  await using place = await openScene();
  const first = await place.save();
  chmodSync(place.at("folder"), 0o444);
  const second = await saveAsNobody(place, first.snapshot);
  chmodSync(place.at("folder"), 0o755);
  expect(second.problems.map(({ path, kept }) => [path, kept])).toEqual([
    ["folder/c", true],
    ["folder/deep", true],
  ]);
  expect(await savedNames(place.repository, second.snapshot)).toEqual(
    await savedNames(place.repository, first.snapshot),
  );
});

test("what the parent has is not kept where the repository has lost it", async () => {
  await using place = await openScene();
  const first = await place.save();
  const { repository } = place;
  await loadIndex(repository);
  const lost = (await savedEntries(repository, first.snapshot)).get("a")?.content?.[0];
  const pack = repository.index.find("data", lost ?? ("" as never))?.pack;
  await repository.store.remove([packName(pack ?? ("" as never))]);
  for await (const { name } of repository.store.list("index/")) await repository.store.remove([name]);
  chmodSync(place.at("a"), 0);
  const second = await asNobody(() => place.save({ parent: longAgo(first.snapshot) }));
  expect(second.problems).toEqual([{ kind: "unreadable", path: "a", reason: "EACCES", kept: false }]);
  const place2 = reopened(repository);
  await loadIndex(place2);
  for (const node of (await savedEntries(repository, second.snapshot)).values()) {
    for (const id of node.content ?? []) expect(place2.index.has("data", id)).toBe(true);
  }
});

test("a state folder that may not be read is an error that names it, and nothing is saved", async () => {
  await using place = await openScene();
  chmodSync(place.state, 0);
  await expect(saveAsNobody(place, null)).rejects.toMatchObject({
    name: "HoldfastError",
    code: "PERMISSION",
    message: expect.stringContaining(place.state) as unknown,
  });
  chmodSync(place.state, 0o755);
  const names: string[] = [];
  for await (const { name } of place.repository.store.list("")) names.push(name);
  expect(names).toEqual([]);
  rmSync(place.at("a"));
});
