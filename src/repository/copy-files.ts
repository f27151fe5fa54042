import { ByteBudget } from "../base/byte-budget.ts";
import { HoldfastError, isHoldfastError } from "../base/errors.ts";
import { mapParallel } from "../base/parallel.ts";
import type { CallOptions, Store, StoredFile, WriteCondition } from "../stores/store.ts";
import { idOf } from "./ids.ts";
import { baseName } from "./layout.ts";

/** Files on the way at the same time, and how much of them is in memory. */
const PARALLEL = 8;
const HELD_BYTES = 96 * 1024 * 1024;
/** What a store may keep unseen is shown so often: what a copy that is cut off need not send again. */
const SHOW_EVERY_FILES = 64;
const SHOW_EVERY_BYTES = 256 * 1024 * 1024;

/** From where to where. */
export interface Transfer extends CallOptions {
  readonly source: Store;
  readonly target: Store;
  /** What has to hold when the files become visible. */
  readonly condition?: WriteCondition | undefined;
  /** Called for each file when it is there. */
  readonly onFile: (file: StoredFile) => void;
}

/**
 * Copies files that are named by their hash. Each is checked on the way; when this returns, all are
 * visible but the damaged ones.
 *
 * @returns names of those that are damaged in the source, read twice
 * @throws {HoldfastError} what the stores throw; `NOT_FOUND` for a file that is gone meanwhile
 */
export async function transferFiles(files: readonly StoredFile[], transfer: Transfer): Promise<string[]> {
  const { source, target, condition, signal, onFile } = transfer;
  const budget = new ByteBudget(HELD_BYTES);
  const damaged: string[] = [];
  let unseenFiles = 0;
  let unseenBytes = 0;
  /** Whether the next file may stay unseen. */
  const mayWait = (sizeBytes: number): boolean => {
    unseenFiles += 1;
    unseenBytes += sizeBytes;
    if (unseenFiles < SHOW_EVERY_FILES && unseenBytes < SHOW_EVERY_BYTES) return true;
    unseenFiles = 0;
    unseenBytes = 0;
    return false;
  };
  await mapParallel(files, PARALLEL, async (file) => {
    using _held = await budget.hold(file.sizeBytes);
    const bytes = await readWhole(source, file.name, { signal });
    if (bytes === null) {
      damaged.push(file.name);
      return;
    }
    const deferred = mayWait(bytes.byteLength);
    await target.write([{ name: file.name, bytes }], {
      signal,
      ...(deferred ? { deferred } : { condition }),
      // Without conditions, a store shows a deferred file at once.
    });
    onFile(file);
  });
  await target.write([], { signal, condition });
  return damaged;
}

/** The bytes of a file that is what its name says; `null` when it is not, also when it is read again. */
async function readWhole(store: Store, name: string, options: CallOptions): Promise<Uint8Array | null> {
  return (await tryRead(store, name, options)) ?? tryRead(store, name, options);
}

async function tryRead(store: Store, name: string, options: CallOptions): Promise<Uint8Array | null> {
  try {
    const bytes = await store.read(name, undefined, { signal: options.signal });
    return idOf(bytes) === baseName(name) ? bytes : null;
  } catch (error) {
    if (isHoldfastError(error, "DATA_DAMAGED")) return null;
    throw error;
  }
}

/** Options of {@link findUnlike}. */
export interface ReadOptions extends CallOptions {
  /** Called for each file when it was read. */
  readonly onFile: (file: StoredFile) => void;
}

/** Reads files that are named by their hash, and gives those that are something else. */
export async function findUnlike(
  store: Store,
  files: readonly StoredFile[],
  { signal, onFile }: ReadOptions,
): Promise<StoredFile[]> {
  const budget = new ByteBudget(HELD_BYTES);
  const unlike: StoredFile[] = [];
  await mapParallel(files, PARALLEL, async (file) => {
    using _held = await budget.hold(file.sizeBytes);
    if ((await readWhole(store, file.name, { signal })) === null) unlike.push(file);
    onFile(file);
  });
  return unlike;
}

/**
 * Reads files that were just written.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when the store gives other bytes back
 */
export async function assertWritten(
  store: Store,
  files: readonly StoredFile[],
  options: ReadOptions,
): Promise<void> {
  const [first] = await findUnlike(store, files, options);
  if (first === undefined) return;
  throw new HoldfastError({
    code: "DATA_DAMAGED",
    message: `${store.url} gave ${first.name} back with other bytes than were written`,
    hint: "look at the disk or the provider of that store; the repository that was copied is unchanged",
  });
}
