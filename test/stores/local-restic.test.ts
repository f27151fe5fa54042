import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { namesIn } from "../../src/stores/conformance/case.ts";
import { openLocalStore } from "../../src/stores/local.ts";
import { findRestics } from "../support/peers.ts";
import { run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const restics = await findRestics();

describe.each(restics)("a folder that restic $version uses too", (program) => {
  it("lists what restic wrote, and restic is not disturbed by our temporary files", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("repository");
    const restic = program.open(path, "shared");
    await restic.init();
    writeFileSync(folder.at("file"), "content");
    await restic.backup(folder.at("file"));

    const store = openLocalStore(path);
    const found = await run("find", [path, "-type", "f", "-printf", "%P\n"]);
    const names = await namesIn(store, "");
    expect(names).toEqual(found.stdout.toString().trim().split("\n").sort());

    for (const name of names) writeFileSync(`${path}/${name}-tmp-281474976710655`, "half");
    await restic.check();
    expect(await restic.snapshots()).toHaveLength(1);
    expect(await namesIn(store, "")).toEqual(names);
  });

  it("holds the folders that restic expects, made as they are needed", async () => {
    await using folder = await temporaryFolder();
    const restic = program.open(folder.at("theirs"), "copied");
    await restic.init();
    const [theirs, ours] = [openLocalStore(folder.at("theirs")), openLocalStore(folder.at("ours"))];
    for (const name of await namesIn(theirs, ""))
      await ours.write([{ name, bytes: await theirs.read(name) }]);
    const copy = program.open(folder.at("ours"), "copied");
    await copy.backup(folder.at("theirs"));
    await copy.check();
    expect(await copy.snapshots()).toHaveLength(1);
  });
});
