import { appendFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareTrees } from "../support/compare-trees.ts";
import { describeTree, type Tree } from "../support/describe-tree.ts";
import { type Holdfast, openHoldfast, type SaveResult } from "../support/holdfast.ts";
import { LONG } from "../support/long.ts";
import { makeNastyTree } from "../support/nasty-tree.ts";
import { findRestics } from "../support/peers.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { RESTICS, withoutItsLimits } from "./nasty.ts";

const PASSWORD = "pässword 🦭";
const restics = await findRestics();

/** What `restic ls --json` says of a node, as far as we look. */
interface ListedNode {
  readonly struct_type: string;
  readonly path: string;
  readonly type: string;
  readonly size?: number;
  readonly uid: number;
}

describe.skipIf(process.platform !== "linux" || restics.length === 0)("restic reads what we saved", () => {
  let folder: TemporaryFolder;
  let holdfast: Holdfast;
  let tree: Tree;
  let first: SaveResult;
  let second: SaveResult;

  beforeAll(async () => {
    folder = await temporaryFolder();
    makeNastyTree(folder.at("s"));
    holdfast = openHoldfast({ store: folder.at("r"), password: PASSWORD, home: folder.path });
    first = await holdfast.save(folder.at("s"));
    appendFileSync(folder.at("s", "compressible.txt"), "one more line\n");
    tree = describeTree(folder.at("s"));
    second = await holdfast.save(folder.at("s"));
  }, 300_000);

  afterAll(() => folder[Symbol.asyncDispose]());

  describe.each(restics)("$version", (program) => {
    const open = () => program.open(folder.at("r"), PASSWORD);

    test("finds nothing to complain about", () => open().check());

    test("lists our snapshots", async () => {
      const snapshots = await open().snapshots();
      expect(snapshots.map(({ id }) => id)).toEqual([first.snapshot, second.snapshot]);
      expect(snapshots[1]).toMatchObject({ parent: first.snapshot, paths: [folder.at("s")] });
    });

    // restic takes its time for 5 GiB of zeros, also where it makes holes of them.
    const leftOut = LONG ? [] : ["--exclude", "sparse.bin"];

    test("restores the nasty tree as it was", { timeout: 600_000 }, async () => {
      await using target = await temporaryFolder();
      await open().restore(second.snapshot, target.path, ...leftOut);
      const restored = describeTree(target.at(folder.at("s")));
      const differences = compareTrees(tree, restored, RESTICS).filter(
        (difference) => leftOut.length === 0 || difference !== '"sparse.bin": missing',
      );
      expect(withoutItsLimits(program, differences)).toEqual([]);
    });

    test("lists every entry of a snapshot", async () => {
      const { stdout } = await open().run(["ls", "--json", second.snapshot]);
      const nodes = stdout
        .toString()
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as ListedNode);
      const inside = nodes.filter(
        ({ struct_type, path }) => struct_type === "node" && path.startsWith(folder.at("s") + "/"),
      );
      expect(inside).toHaveLength(tree.size - 1);
      const random = inside.find(({ path }) => path === folder.at("s", "random.bin"));
      expect(random).toMatchObject({ type: "file", size: 9_000_001, uid: process.getuid?.() });
    });

    test("prints a file", async () => {
      const { stdout } = await open().run(["dump", second.snapshot, folder.at("s", "compressible.txt")]);
      expect(stdout.toString().endsWith("goes out\none more line\n")).toBe(true);
    });

    test("sees the one difference between two snapshots", async () => {
      const { stdout } = await open().run(["diff", first.snapshot, second.snapshot]);
      const changed = stdout
        .toString()
        .split("\n")
        .filter((line) => /^[-+MTU]\s/.test(line));
      expect(changed).toEqual([`M    ${folder.at("s", "compressible.txt")}`]);
    });

    test("shows our objects", async () => {
      const restic = open();
      expect(await restic.json(["cat", "snapshot", second.snapshot])).toMatchObject({
        paths: [folder.at("s")],
      });
      expect(await restic.json(["cat", "config"])).toMatchObject({ version: 2 });
      const root = (await restic.snapshots())[0]?.tree ?? "";
      expect(await restic.json(["cat", "blob", root])).toHaveProperty("nodes");
    });

    test.skipIf(!program.isAtLeast("0.16"))("re-encodes our trees byte for byte", async () => {
      // `rewrite` refuses a tree that does not come out the same when it is encoded again.
      const restic = open();
      const before = new Set((await restic.snapshots()).map(({ id }) => id));
      await restic.run(["rewrite", "--exclude", "one-byte", second.snapshot]);
      await restic.check();
      const snapshots = await restic.snapshots();
      expect(snapshots).toHaveLength(before.size + 1);
      // It has the time of the one that it was made from, so that either may come last.
      const rewritten = snapshots.find(({ id }) => !before.has(id))?.id ?? "";
      const { stdout } = await restic.run(["diff", second.snapshot, rewritten]);
      const changed = stdout
        .toString()
        .split("\n")
        .filter((line) => /^[-+MTU]\s/.test(line));
      expect(changed).toEqual([`-    ${folder.at("s", "one-byte")}`]);
      await restic.run(["forget", rewritten]);
    });
  });
});
