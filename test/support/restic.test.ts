import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { compareFolders, type CompareOptions } from "./compare-trees.ts";
import { makeNastyTree } from "./nasty-tree.ts";
import { findRestics } from "./peers.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/* The judge is proven with restic on both sides, before it judges us. */

vi.setConfig({ testTimeout: 120_000 });

const restics = await findRestics();

describe.each(restics)("restic $version", (program) => {
  const nasty = {
    smallFiles: 300,
    sparseSizeBytes: 200 * 1024 * 1024,
    rawLinkTargets: program.isAtLeast("0.17"),
  } as const;
  const options: CompareOptions = { mayBeMissing: ["socket"] };

  test("brings the nasty tree back, and the comparison agrees", async () => {
    await using folder = await temporaryFolder();
    makeNastyTree(folder.at("s"), nasty);
    const restic = program.open(folder.at("r"), "secret");
    await restic.init();
    const summary = await restic.backup(folder.at("s"), "--tag", "first");
    await restic.check();
    const [snapshot] = await restic.snapshots();
    expect(snapshot?.tags).toEqual(["first"]);
    expect(snapshot?.id.startsWith(summary.snapshot_id)).toBe(true);
    await restic.restore("latest", folder.at("b"));
    expect(compareFolders(folder.at("s"), folder.at("b", folder.at("s")), options)).toEqual([]);
  });

  test("finds a file that is damaged or does not belong", async () => {
    await using folder = await temporaryFolder();
    makeNastyTree(folder.at("s"), { smallFiles: 10, sparseSizeBytes: 1024 * 1024, longestPathBytes: 300 });
    const restic = program.open(folder.at("r"), "secret");
    await restic.init();
    await restic.backup(folder.at("s"));
    const packs = join(folder.at("r"), "data", "00");
    writeFileSync(join(packs, "00" + "1".repeat(62)), "not a pack");
    await expect(restic.check()).rejects.toThrow(/additional files/);
    await restic.check({ leftoversAllowed: true });
    const index = readdirSync(folder.at("r", "index"))[0] ?? "";
    writeFileSync(folder.at("r", "index", index), Buffer.alloc(500));
    await expect(restic.check({ leftoversAllowed: true })).rejects.toThrow();
  });
});
