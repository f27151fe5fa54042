import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recoverTarget } from "../../src/restore/recover.ts";
import { insideName, newStagingId } from "../../src/restore/staging-name.ts";
import { describeTree } from "../support/describe-tree.ts";
import { start } from "../support/run.ts";
import { setModifiedTime } from "../support/syscalls.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { PRELOAD } from "./kill.ts";

const PROGRAM = join(import.meta.dirname, "swap-inside.fixture.ts");
const BEFORE_NS = 3_000_000_001n;
/** The program makes about twenty; a test that never ends says less. */
const MAX_CALLS = 60;

/** Of a process that was here before this one and had the same number. */
const DEAD = { ...newStagingId(), startTicks: "1" };

/** A folder with old entries, and beside them the work folder with the new ones. */
function prepare(target: string): string {
  const work = join(target, insideName(DEAD, BEFORE_NS));
  mkdirSync(join(work, "new", "folder"), { recursive: true });
  for (const name of ["old", "both"]) writeFileSync(join(target, name), "old");
  for (const name of ["new", "both", join("folder", "inner")]) writeFileSync(join(work, "new", name), "new");
  setModifiedTime(Buffer.from(target), BEFORE_NS);
  return work;
}

test.skipIf(process.platform !== "linux")(
  "a swap inside a folder that is killed before any of its calls leaves the old folder or the new one, times included",
  async () => {
    await using folder = await temporaryFolder();
    const seen = { old: 0, new: 0 };
    for (let call = 1; call <= MAX_CALLS; call++) {
      const target = folder.at(String(call));
      const work = prepare(target);
      const { signal, status, stderr } = await start(process.execPath, [PROGRAM, target, work], {
        env: { NODE_OPTIONS: `--import ${PRELOAD}`, HOLDFAST_TEST_KILL_AT_CALL: String(call) },
      }).ended;
      if (signal === null) expect({ status, stderr }).toMatchObject({ status: 0 });
      await recoverTarget(target);
      const names = [...describeTree(target).keys()].filter((name) => !name.includes("/"));
      const state = names.includes("new") ? "new" : "old";
      seen[state]++;
      expect(names.sort()).toEqual(state === "new" ? ["", "both", "folder", "new"] : ["", "both", "old"]);
      expect(describeTree(target).get("")).toMatchObject(
        state === "new" ? { mode: 0o750, mtimeNs: 7_000_000_001n } : { mtimeNs: BEFORE_NS },
      );
      if (signal === null) break;
    }
    expect(seen.old).toBeGreaterThan(3);
    expect(seen.new).toBeGreaterThan(10);
  },
);
