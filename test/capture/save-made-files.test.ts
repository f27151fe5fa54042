import { mkdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { saveMadeFiles } from "../../src/capture/save-made-files.ts";
import { openRepository } from "../../src/operations/open-repository.ts";
import { save } from "../../src/operations/save.ts";
import type { Snapshot } from "../../src/repository/snapshot.ts";
import { findRestics } from "../support/peers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PASSWORD = "correct horse";
const [restic] = await findRestics();

const text = (content: string): Uint8Array => Buffer.from(content);
const LARGE = Buffer.alloc(1_300_000, "large");

test("made files are a snapshot like any other, and restic restores them", async () => {
  await using folder = await temporaryFolder();
  await mkdir(folder.at("state"));
  const access = { store: folder.at("r"), password: PASSWORD };
  await save({ ...access, state: [folder.at("state")], cacheFolder: folder.at("cache") });
  await using repository = await openRepository(access);
  const make = (files: Readonly<Record<string, Uint8Array>>, parent: Snapshot | null) =>
    saveMadeFiles(repository.inner, {
      folders: [
        { path: "/app/data/made", files: new Map(Object.entries(files)) },
        { path: "/app/other/made", files: new Map() },
      ],
      parent,
      tags: ["t"],
      programVersion: "test",
    });

  const first = await make({ "a.json": text("one"), "large.json": LARGE, "b.json": text("two") }, null);
  expect(first.counts).toMatchObject({ filesNew: 3, stateBytes: 1_300_006 });
  const again = await make(
    { "b.json": text("two"), "a.json": text("one"), "large.json": LARGE },
    first.snapshot,
  );
  expect(again.snapshot.tree).toBe(first.snapshot.tree);
  expect(again).toMatchObject({ addedBytes: 0, counts: { filesUnchanged: 3, filesNew: 0 } });
  const changed = await make({ "a.json": text("three"), "c.json": text("") }, again.snapshot);
  expect(changed.counts).toMatchObject({ filesNew: 1, filesChanged: 1, filesUnchanged: 0 });

  if (restic === undefined) return;
  const judge = restic.open(folder.at("r"), PASSWORD);
  await judge.check();
  await judge.restore(first.snapshot.id, folder.at("to"));
  expect(await readFile(folder.at("to", "app/data/made/large.json"))).toEqual(LARGE);
  await judge.restore(changed.snapshot.id, folder.at("to2"));
  expect(await readFile(folder.at("to2", "app/data/made/a.json"), "utf8")).toBe("three");
});
