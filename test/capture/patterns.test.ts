import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { selectBy } from "../../src/capture/patterns.ts";
import { runs } from "../support/property.ts";
import { makeSpecialFile } from "../support/syscalls.ts";
import { run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { bytePath, savedNames, type Scene, scene } from "./saving.ts";

const FILES = ["a.log", "a.txt", "keep.log", "cache/big", "cache/deep/b.log", "deep/a.log", "deep/er/c.txt"];

function fill(place: Scene): void {
  for (const name of FILES) writeFileSync(place.at(name), name);
}

async function saved(place: Scene, options: Parameters<Scene["save"]>[0]): Promise<readonly string[]> {
  const { snapshot } = await place.save(options);
  return savedNames(place.repository, snapshot);
}

describe("what is excluded is left out:", () => {
  const all = [
    "a.log",
    "a.txt",
    "cache",
    "cache/big",
    "cache/deep",
    "cache/deep/b.log",
    "deep",
    "deep/a.log",
  ];
  const everything = [...all, "deep/er", "deep/er/c.txt", "keep.log"];
  const without = (...names: readonly string[]): readonly string[] =>
    everything.filter((name) => !names.some((each) => name === each || name.startsWith(`${each}/`)));

  test.each([
    [[], without()],
    [["*.log"], without("a.log", "keep.log", "cache/deep/b.log", "deep/a.log")],
    [["*.log", "!keep.log"], without("a.log", "cache/deep/b.log", "deep/a.log")],
    [["/*.log"], without("a.log", "keep.log")],
    [["cache"], without("cache")],
    [["cache/"], without("cache")],
    [["a.log/"], without()],
    [["cache/*"], without("cache/big", "cache/deep")],
    [["deep/**"], without("deep/a.log", "deep/er")],
    [["**/deep/"], without("deep", "cache/deep")],
    [["# a remark", "", "a.txt"], without("a.txt")],
  ])("%j", async (exclude, expected) => {
    await using place = await scene();
    fill(place);
    expect(await saved(place, { exclude })).toEqual(expected);
  });
});

describe("only what is included is saved, and no folder for nothing:", () => {
  test.each([
    [["*.txt"], ["a.txt", "deep", "deep/er", "deep/er/c.txt"]],
    [["/cache/big"], ["cache", "cache/big"]],
    [["cache/"], ["cache", "cache/big", "cache/deep", "cache/deep/b.log"]],
    [
      ["*.log", "!a.log"],
      ["cache", "cache/deep", "cache/deep/b.log", "keep.log"],
    ],
    [["nothing"], []],
  ])("%j", async (include, expected) => {
    await using place = await scene();
    fill(place);
    mkdirSync(place.at("empty"));
    expect(await saved(place, { include })).toEqual(expected);
  });

  test("exclusion is stronger", async () => {
    await using place = await scene();
    fill(place);
    expect(await saved(place, { include: ["*.log"], exclude: ["deep"] })).toEqual(["a.log", "keep.log"]);
  });
});

describe(".holdfastignore", () => {
  test("counts for its folder and what is below, and is saved itself", async () => {
    await using place = await scene();
    fill(place);
    writeFileSync(place.at("cache", ".holdfastignore"), "*.log\n/big\n");
    expect(await saved(place, {})).toEqual(
      [...FILES, "cache", "cache/deep", "cache/.holdfastignore", "deep", "deep/er"]
        .filter((name) => !["cache/big", "cache/deep/b.log"].includes(name))
        .sort(),
    );
  });

  test("in a deeper folder has the last word over those above, but not over what was asked for", async () => {
    await using place = await scene();
    fill(place);
    writeFileSync(place.at(".holdfastignore"), "*.log\n*.txt\n");
    writeFileSync(place.at("deep", ".holdfastignore"), "!*.log\n!*.txt\n");
    const names = await saved(place, { exclude: ["c.txt"] });
    expect(names).toContain("deep/a.log");
    expect(names).not.toContain("a.log");
    expect(names).not.toContain("deep/er/c.txt");
  });

  test("cannot bring back what lies in a folder that is left out", async () => {
    await using place = await scene();
    fill(place);
    writeFileSync(place.at(".holdfastignore"), "cache/\n");
    writeFileSync(place.at("cache", ".holdfastignore"), "!big\n");
    expect(await saved(place, {})).not.toContain("cache");
  });

  test("does what git does with its own", async () => {
    await using place = await scene();
    fill(place);
    const rules = {
      "": "*.log\n!keep.log\ncache/*\n!cache/deep\n",
      deep: "!a.log\nc.*\n",
      "cache/deep": "!b.log\n",
    };
    for (const [folder, text] of Object.entries(rules)) {
      writeFileSync(place.at(folder, ".holdfastignore"), text);
      writeFileSync(place.at(folder, ".gitignore"), text);
    }
    await run("git", ["init", "--quiet", place.state]);
    const { stdout } = await run("git", ["-C", place.state, "ls-files", "--others", "--exclude-standard"]);
    const byGit = stdout.toString().trim().split("\n");
    const names = await saved(place, { exclude: [".git"] });
    expect(names.filter((name) => FILES.includes(name))).toEqual(
      byGit.filter((name) => FILES.includes(name)).sort(),
    );
  });

  test.each([
    ["a pipe", (path: string) => makeSpecialFile(Buffer.from(path), "fifo", 0o600)],
    ["a folder", (path: string) => mkdirSync(path)],
    ["a link to a device that never ends", (path: string) => symlinkSync("/dev/zero", path)],
    ["a dangling link", (path: string) => symlinkSync("nowhere", path)],
  ])("that is %s names nothing, and nobody waits for it", async (_, make) => {
    await using place = await scene();
    fill(place);
    make(place.at(".holdfastignore"));
    expect(await saved(place, {})).toEqual(expect.arrayContaining([...FILES, ".holdfastignore"]));
  });
});

test("what an interrupted restore has left is no part of the state", async () => {
  await using place = await scene();
  fill(place);
  writeFileSync(place.at(".holdfast-restore-abc", "half"), "half a file");
  writeFileSync(place.at("deep", ".holdfast-restore-abc"), "a name like others");
  const names = await saved(place, {});
  expect(names).not.toContain(".holdfast-restore-abc");
  expect(names).toContain("deep/.holdfast-restore-abc");
});

test("any patterns and any names are taken", () => {
  const pattern = fc.oneof(
    fc.string({ maxLength: 20 }),
    fc.string({ unit: fc.constantFrom(..."*?[]!-\\/#a. ^$".split("")), maxLength: 10 }),
    fc.string({ unit: "binary", maxLength: 8 }),
  );
  const name = fc
    .string({ unit: "binary", minLength: 1, maxLength: 20 })
    .map((text) => text.replaceAll(/[/\0]/g, "_"))
    .filter((text) => text !== "." && text !== "..");
  fc.assert(
    fc.property(
      fc.array(pattern, { maxLength: 3 }),
      fc.array(name, { minLength: 1, maxLength: 3 }),
      (patterns, names) => {
        const path = bytePath(names.join("/"));
        for (const isFolder of [true, false])
          expect(selectBy(patterns, []).excludes(path, isFolder)).toBeTypeOf("boolean");
        expect(selectBy([], patterns).includes(path)).toBeTypeOf("boolean");
      },
    ),
    runs(200),
  );
});

test("any text may stand in an ignore file", async () => {
  await using folder = await temporaryFolder();
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
      writeFileSync(folder.at(".holdfastignore"), text);
      const selection = selectBy([], []).below(bytePath("sub"), bytePath(folder.path));
      expect(selection.excludes(bytePath("sub/name"), false)).toBeTypeOf("boolean");
    }),
    runs(200),
  );
});
