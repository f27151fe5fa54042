import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../support/run.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

const NOBODY = 65_534;
const FIXTURE = join(import.meta.dirname, "unprivileged.fixture.ts");

/** Only root can become somebody else; anybody else is somebody else already. */
const isRoot = process.getuid?.() === 0;
const SETPRIV = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];

async function reasonAgainst(): Promise<string | null> {
  if (!isRoot) return "only root can set up folders of several users";
  const result = await run("setpriv", [...SETPRIV.slice(1), process.execPath, "--check", FIXTURE], {
    mayFail: true,
  }).catch(String);
  if (typeof result === "string") return result;
  return result.status === 0 ? null : "another user cannot read the sources";
}

const REASON = await reasonAgainst();
if (REASON !== null) process.stdout.write(`skipped: restores without rights: ${REASON}\n`);
const asNobody = test.skipIf(REASON !== null);

/** A folder of root's, with a folder of nobody's in it that is full of read-only folders. */
async function folders(parentMode: number, targetOwner: number): Promise<TemporaryFolder> {
  const folder = await temporaryFolder();
  chmodSync(folder.path, 0o755);
  mkdirSync(folder.at("parent"));
  mkdirSync(folder.at("parent", "data", "old", "deeper"), { recursive: true });
  writeFileSync(folder.at("parent", "data", "old", "deeper", "b"), "old");
  await run("chown", ["-R", `${targetOwner}:${targetOwner}`, folder.at("parent", "data")]);
  for (const path of ["data/old/deeper", "data/old"]) chmodSync(folder.at("parent", path), 0o555);
  chmodSync(folder.at("parent"), parentMode);
  return folder;
}

async function restoreTo(target: string): Promise<unknown> {
  const [program = "", ...args] = SETPRIV;
  const { stdout } = await run(program, [...args, process.execPath, FIXTURE, target]);
  return JSON.parse(stdout.toString()) as unknown;
}

function expectNew(target: string): void {
  expect(readdirSync(target).sort()).toEqual(["locked", "of-root"]);
  expect(readFileSync(join(target, "locked", "deeper", "a"), "utf8")).toBe("new");
  for (const path of [".", "locked", "locked/deeper"])
    expect(lstatSync(join(target, path)).mode & 0o7777).toBe(0o555);
  expect(lstatSync(join(target, "of-root"))).toMatchObject({ uid: NOBODY, mode: 0o100400 });
}

asNobody("read-only folders are restored and replaced without being root", async () => {
  await using folder = await folders(0o777, NOBODY);
  expect(await restoreTo(folder.at("parent", "data"))).toEqual({ code: null, leftover: null });
  expectNew(folder.at("parent", "data"));
  expect(await restoreTo(folder.at("parent", "data"))).toEqual({ code: null, leftover: null });
  expectNew(folder.at("parent", "data"));
  expect(readdirSync(folder.at("parent"))).toEqual(["data"]);
});

asNobody("where only the target can be written to, its entries are swapped", async () => {
  await using folder = await folders(0o755, NOBODY);
  const { ino } = lstatSync(folder.at("parent", "data"));
  expect(await restoreTo(folder.at("parent", "data"))).toEqual({ code: null, leftover: null });
  expectNew(folder.at("parent", "data"));
  expect(lstatSync(folder.at("parent", "data")).ino).toBe(ino);
});

asNobody("where nothing can be written to, nothing changes", async () => {
  await using folder = await folders(0o755, 0);
  expect(await restoreTo(folder.at("parent", "data"))).toEqual({ code: "PERMISSION" });
  expect(await restoreTo(folder.at("parent", "fresh"))).toEqual({ code: "PERMISSION" });
  expect(readdirSync(folder.at("parent"))).toEqual(["data"]);
  expect(readdirSync(folder.at("parent", "data"))).toEqual(["old"]);
});

asNobody("what belongs to others and cannot be removed is left and named", async () => {
  await using folder = await folders(0o777, NOBODY);
  chownSync(folder.at("parent", "data", "old", "deeper"), 0, 0);
  const result = (await restoreTo(folder.at("parent", "data"))) as {
    readonly code: null;
    readonly leftover: string;
  };
  expect(result.code).toBeNull();
  expect(readdirSync(join(result.leftover, "old", "deeper"))).toEqual(["b"]);
  expectNew(folder.at("parent", "data"));
});
