import { lstatSync, readdirSync, renameSync } from "node:fs";
import { joinPath } from "../base/byte-path.ts";
import { type ByteString, toPath, toText } from "../base/byte-string.ts";
import { fileError } from "../base/file-error.ts";
import { besideNames, isAlive, parseBesideName, parseInsideName, type StagingId } from "./staging-name.ts";
import { discard } from "./staging.ts";
import { resumeInside } from "./swap-inside.ts";
import { inspectTarget, type Target } from "./target.ts";

/** What {@link recoverTarget} did: a swap that had begun was finished, or unfinished work was taken away. */
export type Recovery = "nothing" | "finished" | "undone";

/**
 * Takes care of what an interrupted restore left in or beside a folder. Afterwards the folder is as it
 * was before that restore, or as the restore wanted it. Work of a process that is still there is left
 * alone. To be called before a folder is saved, restored or used.
 *
 * @throws {HoldfastError} `PERMISSION`, `DISK_FULL`, `CONFIG`, `FAILED`
 */
export async function recoverTarget(folder: string): Promise<Recovery> {
  const target = inspectTarget(folder);
  try {
    const inside = await recoverInside(target);
    const beside = await recoverBeside(target);
    if (inside === "finished" || beside === "finished") return "finished";
    return inside === "undone" || beside === "undone" ? "undone" : "nothing";
  } catch (error) {
    throw fileError(error, `could not take care of an interrupted restore to '${toText(target.path)}'`);
  }
}

async function recoverInside({ path }: Target): Promise<Recovery> {
  let recovery: Recovery = "nothing";
  for (const name of namesIn(path)) {
    const found = parseInsideName(name);
    if (found === null || isAlive(found.id)) continue;
    const outcome = await resumeInside(path, joinPath(path, name), found.mtimeNs);
    if (recovery !== "finished") recovery = outcome;
  }
  return recovery;
}

async function recoverBeside(target: Target): Promise<Recovery> {
  const ids = new Map<string, StagingId>();
  for (const name of namesIn(target.parent)) {
    const found = parseBesideName(target.basename, name);
    if (found !== null && !isAlive(found.id)) ids.set(JSON.stringify(found.id), found.id);
  }
  let recovery: Recovery = "nothing";
  for (const id of ids.values()) {
    const outcome = await recoverOne(target, id);
    if (recovery !== "finished") recovery = outcome;
  }
  return recovery;
}

/** The old tree is moved away only once the new one is whole: where both are, and no target, the swap was under way. */
async function recoverOne(target: Target, id: StagingId): Promise<Recovery> {
  const names = besideNames(target.basename, id);
  const [fresh, old] = [joinPath(target.parent, names.new), joinPath(target.parent, names.old)];
  if (!exists(old)) {
    await discard(fresh);
    return "undone";
  }
  if (exists(fresh)) {
    // somebody made the target anew meanwhile: neither tree can be given up, and neither can be put there
    if (exists(target.path)) return "nothing";
    renameSync(toPath(fresh), toPath(target.path));
  }
  if (!exists(target.path)) {
    renameSync(toPath(old), toPath(target.path));
    return "undone";
  }
  await discard(old);
  return "finished";
}

/** None when it is no folder, or not ours to look into: then nothing of ours can be there. */
function namesIn(folder: ByteString): ByteString[] {
  try {
    return readdirSync(toPath(folder), { encoding: "latin1" }) as ByteString[];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EACCES") return [];
    throw error;
  }
}

function exists(path: ByteString): boolean {
  return lstatSync(toPath(path), { throwIfNoEntry: false }) !== undefined;
}
