import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recoverTarget } from "../../src/restore/recover.ts";
import { lockChromium, makeFiles } from "../browser/trees.ts";
import { describeTree } from "../support/describe-tree.ts";
import { openHoldfast } from "../support/holdfast.ts";
import { createRandom, printedSeed } from "../support/random.ts";
import { removeTree, temporaryFolder } from "../support/temporary-folder.ts";
import { killOften, KILLS_OF_A_CASE, type Victim } from "./kill.ts";

test.skipIf(process.platform !== "linux")(
  `a restore that prepares profiles and is killed at ${KILLS_OF_A_CASE} moments leaves the old state or prepared profiles`,
  { timeout: 1_800_000 },
  async () => {
    const random = createRandom(printedSeed("killed preparations"));
    await using folder = await temporaryFolder();
    await makeFiles(folder.at("s"), ["chrome/Local State", "chrome/Default/Cookies", "fox/times.json"]);
    await lockChromium(folder.at("s/chrome"));
    writeFileSync(folder.at("s/chrome/Default/Preferences"), "{}");
    writeFileSync(folder.at("s/fox/prefs.js"), "// none\n");
    writeFileSync(folder.at("s/fox/compatibility.ini"), "LastVersion=1.0_1/1\n");
    const holdfast = openHoldfast({ store: folder.at("r"), password: "killed", home: folder.path });
    const { snapshot } = await holdfast.save(folder.at("s"), "--whole-profiles");
    mkdirSync(folder.at("place"));
    const target = folder.at("place", "target");
    const words = ["restore", snapshot, "--to", target, "--force", "--session-cookies", "keep"];
    const victim: Victim = {
      // without browsers, whose versions would take most of the time
      start: (env) => holdfast.start(words, { env: { ...env, PATH: "/nowhere" } }),
      folder: folder.at("place"),
    };
    await makeFiles(folder.at("old"), ["fox/prefs.js", "own"]);
    const old = describeTree(folder.at("old"));
    const counts = { old: 0, new: 0 };
    const prepare = async (): Promise<void> => {
      await removeTree(target);
      await makeFiles(target, ["fox/prefs.js", "own"]);
    };
    const judge = async (): Promise<void> => {
      await recoverTarget(target);
      expect(readdirSync(victim.folder)).toEqual(["target"]);
      const isNew = readdirSync(target).includes("chrome");
      counts[isNew ? "new" : "old"]++;
      if (isNew) expectPrepared(target);
      else expect([...describeTree(target).keys()]).toEqual([...old.keys()]);
    };
    await killOften("prepared restores", victim, random, prepare, judge, KILLS_OF_A_CASE);
    process.stdout.write(`prepared restores: ${JSON.stringify(counts)}\n`);
  },
);

function expectPrepared(target: string): void {
  const read = (name: string): string => readFileSync(join(target, name), "utf8");
  expect(readdirSync(join(target, "chrome")).sort()).toEqual(["Default", "Local State"]);
  expect(readdirSync(join(target, "chrome/Default")).sort()).toEqual(["Cookies", "Preferences"]);
  expect(JSON.parse(read("chrome/Default/Preferences"))).toMatchObject({
    session: { restore_on_startup: 1 },
  });
  expect(readdirSync(join(target, "fox")).sort()).toEqual(["prefs.js", "times.json"]);
  expect(read("fox/prefs.js")).toContain('"browser.startup.page", 3');
  expect(lstatSync(join(target, "chrome/Default/Cookies")).size).toBe("chrome/Default/Cookies".length);
}
