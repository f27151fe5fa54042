import { describe, expect, test } from "vitest";
import { compareFolders } from "../support/compare-trees.ts";
import { openHoldfast } from "../support/holdfast.ts";
import { LONG } from "../support/long.ts";
import { makeNastyTree } from "../support/nasty-tree.ts";
import { findRestics } from "../support/peers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { OURS, SMALL } from "./nasty.ts";

const PASSWORD = "pässword 🦭";
const restics = await findRestics();

/** Options of `restic backup` that change how a repository looks inside. */
const LAYOUTS: readonly (readonly string[])[] = [
  ["--compression", "off", "--pack-size", "4"],
  ["--compression", "max", "--pack-size", "64"],
];

describe.skipIf(process.platform !== "linux")("we read what restic saved", () => {
  describe.each(restics)("$version", (program) => {
    const rawLinkTargets = program.isAtLeast("0.17");

    test("the nasty tree comes back as it was", { timeout: 600_000 }, async () => {
      await using folder = await temporaryFolder();
      const sparse = LONG ? {} : { sparseSizeBytes: 128 * 1024 * 1024 }; // restic reads every zero
      makeNastyTree(folder.at("s"), { rawLinkTargets, ...sparse });
      const restic = program.open(folder.at("r"), PASSWORD);
      await restic.init();
      await restic.backup(folder.at("s"));
      const holdfast = openHoldfast({ store: folder.at("r"), password: PASSWORD, home: folder.path });
      await holdfast.check();
      await holdfast.restore("latest", folder.at("b"));
      expect(compareFolders(folder.at("s"), folder.at("b"), OURS)).toEqual([]);
      await restic.check();
    });

    test("a folder that was saved as '.' comes back as it was", async () => {
      await using folder = await temporaryFolder();
      makeNastyTree(folder.at("s"), { ...SMALL, rawLinkTargets });
      const restic = program.open(folder.at("r"), PASSWORD);
      await restic.init();
      await restic.run(["backup", "."], { cwd: folder.at("s") });
      const holdfast = openHoldfast({ store: folder.at("r"), password: PASSWORD, home: folder.path });
      await holdfast.restore("latest", folder.at("b"));
      expect(compareFolders(folder.at("s"), folder.at("b"), { ...OURS, withoutRoot: true })).toEqual([]);
    });

    test.each(LAYOUTS.map((options) => ({ options })))(
      "a repository made with $options",
      async ({ options }) => {
        await using folder = await temporaryFolder();
        makeNastyTree(folder.at("s"), { ...SMALL, rawLinkTargets });
        const restic = program.open(folder.at("r"), PASSWORD);
        await restic.init();
        await restic.backup(folder.at("s"), ...options);
        const holdfast = openHoldfast({ store: folder.at("r"), password: PASSWORD, home: folder.path });
        await holdfast.check();
        await holdfast.restore("latest", folder.at("b"));
        expect(compareFolders(folder.at("s"), folder.at("b"), OURS)).toEqual([]);
        // Ours on top of it, and restic's again on top of ours.
        const saved = await holdfast.save(folder.at("s"));
        expect(saved.files.total).toBeGreaterThan(200);
        await restic.check();
        await restic.backup(folder.at("s"), ...options);
        await holdfast.check();
      },
    );
  });
});
