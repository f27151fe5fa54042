import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type ByteString, fromText } from "../../src/base/byte-string.ts";
import { type Journal, turnJournal, writeJournal } from "../../src/restore/journal.ts";
import type { Metadata } from "../../src/restore/metadata.ts";
import { recoverTarget } from "../../src/restore/recover.ts";
import { besideNames, insideName, newStagingId, type StagingId } from "../../src/restore/staging-name.ts";
import { describeTree } from "../support/describe-tree.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Of a process that was here before this one and had the same number. */
const DEAD: StagingId = { ...newStagingId(), startTicks: "1" };
const ALIVE: StagingId = newStagingId();
const MTIME_NS = 1_600_000_000_000_000_001n;
const INSIDE = insideName(DEAD, MTIME_NS);
const BESIDE = besideNames("data" as ByteString, DEAD);

const FOLDER: Metadata = {
  mode: 0o750,
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  atimeNs: 5n,
  mtimeNs: -1_000_000_001n,
  attributes: [{ name: "user.comment", value: Buffer.from("root") }],
};

function fill(folder: string, state: "old" | "new"): void {
  mkdirSync(join(folder, `${state}-folder`), { recursive: true });
  writeFileSync(join(folder, `${state}-folder`, "inner"), state);
  writeFileSync(join(folder, "both"), state);
  writeFileSync(join(folder, `${state}-only`), state);
}

function namesOf(state: "old" | "new"): string[] {
  return ["both", `${state}-folder`, `${state}-only`];
}

function expectState(folder: string, state: "old" | "new"): void {
  expect(readdirSync(folder).sort()).toEqual(namesOf(state));
  expect(readFileSync(join(folder, "both"), "utf8")).toBe(state);
  expect(readFileSync(join(folder, `${state}-folder`, "inner"), "utf8")).toBe(state);
}

/** The renames of a swap in a folder, in their order: out with the old entries, in with the new ones. */
const STEPS: readonly (readonly [string, string])[] = [
  ...namesOf("old").map((name) => [name, join(INSIDE, "old", name)] as const),
  ...namesOf("new").map((name) => [join(INSIDE, "new", name), name] as const),
];

const JOURNAL: Journal = {
  incoming: namesOf("new").map((name) => ({ name: fromText(name), mode: null })),
  outgoing: namesOf("old").map((name) => ({ name: fromText(name), mode: null })),
  folder: FOLDER,
  before: { atimeNs: 1n, mtimeNs: MTIME_NS },
};

/** A swap inside `target` that was cut off after so many renames. */
function interruptedInside(target: string, steps: number): ByteString {
  fill(target, "old");
  const work = join(target, INSIDE);
  fill(join(work, "new"), "new");
  mkdirSync(join(work, "old"));
  writeJournal(fromText(work), JOURNAL);
  for (const [source, place] of STEPS.slice(0, steps)) renameSync(join(target, source), join(target, place));
  return fromText(work);
}

test.each(Array.from({ length: STEPS.length + 1 }, (_, steps) => steps))(
  "a swap inside that was cut off after %i renames is finished, and finishing may be cut off too",
  async (steps) => {
    await using folder = await temporaryFolder();
    interruptedInside(folder.at("data"), steps);
    expect(await recoverTarget(folder.at("data"))).toBe("finished");
    expectState(folder.at("data"), "new");
    expect(describeTree(folder.at("data")).get("")).toMatchObject({
      mode: 0o750,
      mtimeNs: -1_000_000_001n,
      attributes: new Map([["user.comment", Buffer.from("root").toString("hex")]]),
    });
    expect(await recoverTarget(folder.at("data"))).toBe("nothing");
  },
);

test.each(Array.from({ length: STEPS.length + 1 }, (_, steps) => steps))(
  "a swap inside that was being undone after %i renames is undone",
  async (steps) => {
    await using folder = await temporaryFolder();
    turnJournal(interruptedInside(folder.at("data"), steps), "commit", "undo");
    expect(await recoverTarget(folder.at("data"))).toBe("undone");
    expect(describeTree(folder.at("data")).get("")?.mtimeNs).toBe(JOURNAL.before.mtimeNs);
    expectState(folder.at("data"), "old");
  },
);

test("a swap inside that was done but not cleaned up is cleaned up", async () => {
  await using folder = await temporaryFolder();
  const work = interruptedInside(folder.at("data"), STEPS.length);
  turnJournal(work, "commit", "done");
  rmSync(join(work, "new"), { recursive: true });
  expect(await recoverTarget(folder.at("data"))).toBe("finished");
  expectState(folder.at("data"), "new");
});

test("what an app makes after the interruption, under a name that comes in, gives way", async () => {
  await using folder = await temporaryFolder();
  interruptedInside(folder.at("data"), namesOf("old").length);
  writeFileSync(folder.at("data", "both"), "made by the app");
  mkdirSync(folder.at("data", "new-folder", "made by the app"), { recursive: true });
  expect(await recoverTarget(folder.at("data"))).toBe("finished");
  expectState(folder.at("data"), "new");
});

test("work inside that never came to its journal is taken away", async () => {
  await using folder = await temporaryFolder();
  fill(folder.at("data"), "old");
  fill(folder.at("data", INSIDE, "new"), "new");
  writeFileSync(folder.at("data", INSIDE, "journal.tmp"), "{");
  expect(await recoverTarget(folder.at("data"))).toBe("undone");
  expectState(folder.at("data"), "old");
  expect(lstatSync(folder.at("data"), { bigint: true }).mtimeNs).toBe(MTIME_NS);
});

test("a journal that cannot be read stops everything, and nothing is lost", async () => {
  await using folder = await temporaryFolder();
  const work = interruptedInside(folder.at("data"), 2);
  writeFileSync(join(work, "journal.commit"), '{"version":99}');
  const before = describeTree(folder.path);
  await expect(recoverTarget(folder.at("data"))).rejects.toMatchObject({ code: "FAILED" });
  expect(describeTree(folder.path)).toEqual(before);
});

/** What can be left beside a target: which of target, new and old tree are there. */
const BESIDE_CASES: readonly (readonly [there: string, outcome: string, state: "old" | "new" | "none"])[] = [
  ["new", "undone", "none"],
  ["target new", "undone", "old"],
  ["new old", "finished", "new"],
  ["target old", "finished", "new"],
  ["old", "undone", "old"],
];

test.each(BESIDE_CASES)("left beside: %s; it is %s", async (there, outcome, state) => {
  await using folder = await temporaryFolder();
  const parts = there.split(" ");
  // where the new tree is no longer under its own name, it is the target
  if (parts.includes("target")) fill(folder.at("data"), parts.includes("new") ? "old" : "new");
  if (parts.includes("new")) fill(folder.at(BESIDE.new), "new");
  if (parts.includes("old")) fill(folder.at(BESIDE.old), "old");
  expect(await recoverTarget(folder.at("data"))).toBe(outcome);
  expect(readdirSync(folder.path)).toEqual(state === "none" ? [] : ["data"]);
  if (state !== "none") expectState(folder.at("data"), state);
});

test("when somebody made the target anew in the middle of a swap, nothing is given up", async () => {
  await using folder = await temporaryFolder();
  fill(folder.at(BESIDE.new), "new");
  fill(folder.at(BESIDE.old), "old");
  mkdirSync(folder.at("data"));
  writeFileSync(folder.at("data", "app"), "app");
  expect(await recoverTarget(folder.at("data"))).toBe("nothing");
  expect(readdirSync(folder.path).sort()).toEqual([BESIDE.new, BESIDE.old, "data"].sort());
});

test("the work of a process that is still there is left alone", async () => {
  await using folder = await temporaryFolder();
  const beside = besideNames("data" as ByteString, ALIVE);
  fill(folder.at("data"), "old");
  fill(folder.at(beside.new), "new");
  fill(folder.at("data", insideName(ALIVE, -1n), "new"), "new");
  expect(await recoverTarget(folder.at("data"))).toBe("nothing");
  expect(existsSync(folder.at(beside.new, "both"))).toBe(true);
  expect(existsSync(folder.at("data", insideName(ALIVE, -1n), "new", "both"))).toBe(true);
});

test("files of others with similar names are left alone", async () => {
  await using folder = await temporaryFolder();
  const names = [
    ".data.holdfast-restore-1-1-zz.new",
    ".other.holdfast-restore-1-1-0123456789ab.new",
    ".data.holdfast-restore-.new",
    "data.holdfast-restore-1-1-0123456789ab.new",
  ];
  for (const name of names) mkdirSync(folder.at(name));
  mkdirSync(folder.at("data", ".holdfast-restore-mine"), { recursive: true });
  expect(await recoverTarget(folder.at("data"))).toBe("nothing");
  expect(readdirSync(folder.path).sort()).toEqual([...names, "data"].sort());
  expect(readdirSync(folder.at("data"))).toEqual([".holdfast-restore-mine"]);
});

test("names as long as the system takes have their work found again", async () => {
  await using folder = await temporaryFolder();
  const name = "n".repeat(255);
  fill(folder.at(name), "old");
  const beside = besideNames(name as ByteString, DEAD);
  fill(folder.at(beside.new), "new");
  cpSync(folder.at(beside.new), folder.at("unrelated"), { recursive: true });
  expect(await recoverTarget(folder.at(name))).toBe("undone");
  expect(readdirSync(folder.path).sort()).toEqual([name, "unrelated"].sort());
});

test("a folder that is not there has nothing to recover", async () => {
  await using folder = await temporaryFolder();
  expect(await recoverTarget(folder.at("nothing"))).toBe("nothing");
  expect(await recoverTarget(folder.at("not", "even", "a", "parent"))).toBe("nothing");
});
