import { constants } from "node:fs";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { checkCancelled } from "./cancelled.ts";
import { refuseCondition } from "./conditions.ts";
import { writeBatch } from "./local/batch.ts";
import { localError, systemCodeOf } from "./local/errors.ts";
import { syncFolders } from "./local/folders.ts";
import { isRemoteFolder, whenSettled } from "./local/read-back.ts";
import { discard } from "./local/temporary.ts";
import { walk } from "./local/walk.ts";
import { checkName, checkPrefix } from "./names.ts";
import { resolveRange, shortRead } from "./ranges.ts";
import { notFound } from "./refusals.ts";
import type { ByteRange, Store, StoreTraits } from "./store.ts";

/** Without waiting for a writer, should somebody have put a named pipe in a file's place. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;
const MAX_LEFTOVERS = 10_000;
const TRAITS: StoreTraits = {
  atomicBatch: false,
  atomicFiles: 1,
  createOnly: true,
  rangeReads: true,
  conditionalWrites: false,
};
const NOTHING_THERE: ReadonlySet<string | null> = new Set(["ENOENT", "ENOTDIR", "EISDIR"]);

/** What may be known about a folder better than the system tells. */
export interface LocalStoreOptions {
  /** Files count as written when they were read back; where the folder asks for it, when left out. */
  readonly readsBack?: boolean;
}

/**
 * A store in a folder, laid out as restic's local backend does: a name is a path below the folder.
 *
 * The folder is made by the first write, for this user alone (mode 0700, files 0600). Files are
 * written under a temporary name beside their place, which listings hide. Those that a killed
 * process has left are taken away when a store that wrote is closed, if its listings came across
 * them and they are over an hour old. On FUSE and network mounts each file is read back and compared
 * before the next one appears.
 *
 * @param folder absolute, or relative to the current folder at this moment
 */
export function openLocalStore(folder: string, storeOptions: LocalStoreOptions = {}): Store {
  const root = resolve(folder);
  const leftovers = new Set<string>();
  let hasWritten = false;
  let readsBack = storeOptions.readsBack;

  return {
    url: folder,
    traits: TRAITS,

    async *list(prefix, options) {
      const top = checkPrefix(prefix);
      const onLeftover = (path: string): void => {
        if (leftovers.size < MAX_LEFTOVERS) leftovers.add(path);
      };
      try {
        yield* walk({ ...options, root, folder: top, prefix, onLeftover });
      } catch (error) {
        throw localError(error, "read", `list the files in ${folder}`);
      }
    },

    async read(name, range, options) {
      checkName(name);
      checkCancelled(options);
      const look = (): Promise<Uint8Array> => readFile(join(root, name), name, range);
      try {
        return await look().catch(async (error: unknown) => {
          if (systemCodeOf(error) === "ENOENT" && (await isRemoteFolder(root))) return whenSettled(look);
          throw error;
        });
      } catch (error) {
        if (NOTHING_THERE.has(systemCodeOf(error))) throw notFound(name, error);
        throw localError(error, "read", `read ${name} in ${folder}`);
      }
    },

    async write(files, options = {}) {
      for (const { name } of files) checkName(name);
      refuseCondition(TRAITS, options);
      checkCancelled(options);
      hasWritten = true;
      try {
        readsBack ??= await isRemoteFolder(root);
        await writeBatch(root, files, { ...options, readsBack });
      } catch (error) {
        throw localError(error, "write", `write to ${folder}`);
      }
    },

    async remove(names, options) {
      for (const name of names) checkName(name);
      checkCancelled(options);
      hasWritten = true;
      const changed = new Set<string>();
      try {
        for (const name of names) {
          checkCancelled(options);
          const path = join(root, name);
          if (await unlinkFile(path)) changed.add(dirname(path));
        }
        await syncFolders(changed);
      } catch (error) {
        throw localError(error, "write", `remove files from ${folder}`);
      }
    },

    async close() {
      if (hasWritten) await Promise.all([...leftovers].map(discard));
      leftovers.clear();
    },
  };
}

async function readFile(path: string, name: string, range: ByteRange | undefined): Promise<Uint8Array> {
  const handle = await open(path, READ_FLAGS);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw notFound(name);
    const { offset, length } = resolveRange(name, stats.size, range);
    return await readFully(handle, name, offset, length);
  } finally {
    await handle.close();
  }
}

async function readFully(
  handle: FileHandle,
  name: string,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw shortRead(name);
    done += bytesRead;
  }
  return bytes;
}

/** True when there was a file to remove. */
async function unlinkFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (NOTHING_THERE.has(systemCodeOf(error))) return false;
    throw error;
  }
}
