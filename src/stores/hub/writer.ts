import { isHoldfastError } from "../../base/errors.ts";
import { checkCancelled } from "../cancelled.ts";
import { checkCondition, conflict } from "../conditions.ts";
import { alreadyExists } from "../refusals.ts";
import type { CallOptions, NewFile, WriteOptions } from "../store.ts";
import { signalOf } from "./api.ts";
import { type Change, commit, type Committer, isSame } from "./commit.ts";
import { findMissing } from "./lfs.ts";
import { checkFolders } from "./limits.ts";
import { checkMayWrite, createRepo } from "./repo.ts";
import { stage, type StagedFile } from "./stage.ts";
import type { View } from "./view.ts";

/** Writes to a dataset, one commit after the other. */
export interface Writer {
  /** As `Store.write`, for names that are right. */
  write(files: readonly NewFile[], options: WriteOptions): Promise<void>;
  /** As `Store.remove`. */
  remove(names: readonly string[], options: CallOptions): Promise<void>;
  /** When the commits under way are done. */
  settled(): Promise<void>;
}

/** What is written between two commits. */
interface Memory {
  /** Deferred files, uploaded or ready, that the next commit takes along. */
  pending: StagedFile[];
  /** The last of the commits under way. */
  turn: Promise<unknown>;
}

/** A writer that has written nothing yet. */
export function createWriter(committer: Committer): Writer {
  const { client, views, prefix, limits } = committer;
  const memory: Memory = { pending: [], turn: Promise.resolve() };
  let mayWrite: Promise<void> | null = null;

  /** Before the first write: makes the dataset, or looks whether the token may write to it. */
  const getReady = async (): Promise<void> => {
    if ((await views.recent()).head === null) await createRepo(client, {});
    await checkMayWrite(client, {});
  };
  const ready = async (options: CallOptions): Promise<void> => {
    mayWrite ??= getReady().catch((error: unknown) => {
      mayWrite = null;
      throw error;
    });
    await mayWrite;
    checkCancelled(options);
  };
  /** A failure is that of its caller alone. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = memory.turn.then(work);
    memory.turn = done.catch(() => undefined);
    return done;
  };

  return {
    async write(files, options) {
      if (files.length === 0 && memory.pending.length === 0) return;
      await ready(options);
      const staged = await stage(client, prefix, files, options);
      if (options.deferred === true) memory.pending.push(...staged);
      else await inTurn(() => show(committer, memory, { files, staged }, options));
    },

    async remove(names, options) {
      if ((await views.recent(options)).head === null) return;
      await ready(options);
      for (let start = 0; start < names.length; start += limits.filesACommit) {
        const some = [...new Set(names.slice(start, start + limits.filesACommit))];
        await inTurn(() => commit(committer, removal(some), nothingUploaded, options));
      }
    },

    settled: async () => void (await memory.turn),
  };
}

/** Commits files together with those that were deferred. */
async function show(
  committer: Committer,
  memory: Memory,
  { files, staged }: { readonly files: readonly NewFile[]; readonly staged: readonly StagedFile[] },
  options: WriteOptions,
): Promise<void> {
  const pending = memory.pending;
  memory.pending = [];
  const all = lastOfEachName([...pending, ...staged]);
  const { filesACommit } = committer.limits;
  /** One commit: of the files from `start` on, those that it may have. Those before are there. */
  const planFrom =
    (start: number) =>
    (view: View, mayBeDone: boolean): Change | null => {
      const isMissing = (file: StagedFile): boolean => !isSame(view.files.get(file.name), file);
      const gone = all.slice(0, start).find(isMissing);
      if (gone !== undefined) throw conflict(`${gone.name} has been removed meanwhile`);
      const some = all.slice(start, start + filesACommit);
      if (mayBeDone && some.every((file) => isSame(view.files.get(file.name), file))) return null;
      checkCondition(view.files, all, options.condition);
      const names = new Set(all.slice(start).map(({ name }) => name));
      if (options.createOnly === true)
        checkFree(
          view,
          staged.filter(({ name }) => names.has(name)),
        );
      checkFolders(view.files, all.slice(start).filter(isMissing), committer.limits);
      // What is there already, byte for byte, needs no commit.
      const added = some.filter(isMissing);
      return added.length === 0 ? null : { added, removed: [] };
    };
  const sendAgain = async (callOptions: CallOptions): Promise<void> => {
    await stage(committer.client, committer.prefix, files, signalOf(callOptions));
    const contents = all.flatMap(({ lfsOid: oid, sizeBytes }) => (oid === null ? [] : [{ oid, sizeBytes }]));
    const missing = await findMissing(committer.client, contents, callOptions);
    const lost = pending.find(({ lfsOid }) => lfsOid !== null && missing.has(lfsOid));
    if (lost === undefined) return;
    // Its bytes are no longer here: whoever made them has to do so again.
    throw conflict(`${lost.name} was uploaded, and has been cleaned away by another writer`);
  };
  try {
    for (let start = 0; start === 0 || start < all.length; start += filesACommit)
      await commit(committer, planFrom(start), sendAgain, options);
  } catch (error) {
    // After a conflict all is made anew; otherwise the call may be repeated.
    if (!isHoldfastError(error, "CONFLICT")) memory.pending.unshift(...pending);
    throw error;
  }
}

function removal(names: readonly string[]): (view: View) => Change | null {
  return ({ files }) => {
    const removed = names.filter((name) => files.has(name));
    return removed.length === 0 ? null : { added: [], removed };
  };
}

async function nothingUploaded(): Promise<void> {}

/** @throws {HoldfastError} `ALREADY_EXISTS` */
function checkFree({ files }: View, staged: readonly StagedFile[]): void {
  const seen = new Set<string>();
  for (const { name } of staged) {
    if (files.has(name) || seen.has(name)) throw alreadyExists(name);
    seen.add(name);
  }
}

function lastOfEachName(files: readonly StagedFile[]): StagedFile[] {
  return [...new Map(files.map((file) => [file.name, file])).values()];
}
