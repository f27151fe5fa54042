import { isHoldfastError } from "../base/errors.ts";
import { checkCancelled } from "./cancelled.ts";
import { checkCondition, conflict } from "./conditions.ts";
import type { RequestCounter } from "./count.ts";
import type { HubAccess } from "./hub/access.ts";
import type { HubAddress } from "./hub/address.ts";
import { createCommitBudget } from "./hub/budget.ts";
import { type ClientOptions, createClient } from "./hub/client.ts";
import { alreadyExists, type Change, commit, type Committer, isSame } from "./hub/commit.ts";
import { createHistory } from "./hub/history.ts";
import { findMissing } from "./hub/lfs.ts";
import { createReader } from "./hub/read.ts";
import { checkMayWrite, createRepo } from "./hub/repo.ts";
import { stage, type StagedFile } from "./hub/stage.ts";
import { fetchFor, type Fetch } from "./hub/transport.ts";
import { createViews, pathOf, type View } from "./hub/view.ts";
import { checkName, checkPrefix } from "./names.ts";
import type { RetryOptions } from "./retry.ts";
import type { CallOptions, NewFile, Store, WriteOptions } from "./store.ts";

/** How a dataset is used as a store. */
export interface HubStoreOptions {
  readonly access: HubAccess;
  /** Counts each request on the wire, detours and repeated ones included. */
  readonly counter?: RequestCounter | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly clock?: ClientOptions["clock"];
  /** Node's own when left out, or one that goes through the proxy of the environment. */
  readonly fetch?: Fetch | undefined;
}

/** What the driver remembers between two calls. */
interface Memory {
  /** Deferred files, uploaded or ready, that the next commit takes along. */
  pending: StagedFile[];
  mayWrite: Promise<void> | null;
  /** The last of the commits under way; one follows the other. */
  turn: Promise<unknown>;
}

/** Removals of so many names are one commit. */
const REMOVED_A_COMMIT = 90;
const HOURLY_COMMITS = 60;
const COMPACT_AFTER = 200;

/**
 * A store in a private dataset of the Hugging Face Hub: each write is one commit, deferred files included.
 *
 * Requests are repeated by the store itself, as it knows which may be. The dataset is made, private, by the
 * first write. A public one is refused.
 */
export async function openHubStore(address: HubAddress, options: HubStoreOptions): Promise<Store> {
  const { access, counter, retry, clock } = options;
  const { repo, prefix } = address;
  const fetch = options.fetch ?? (await fetchFor(process.env));
  const client = createClient({ access, repo, fetch, counter, retry, clock });
  const views = createViews(client, prefix);
  const budget = createCommitBudget(client, access.hourlyCommits ?? HOURLY_COMMITS);
  const committer: Committer = { client, views, budget, prefix };
  const reader = createReader(client, views);
  const memory: Memory = { pending: [], mayWrite: null, turn: Promise.resolve() };
  let isHurried = false;

  /** Before the first write: makes the dataset, or looks whether the token may write to it. */
  const getReady = async (): Promise<void> => {
    if ((await views.recent()).head === null) await createRepo(client, {});
    await checkMayWrite(client, {});
  };
  const ready = async (callOptions: CallOptions): Promise<void> => {
    memory.mayWrite ??= getReady().catch((error: unknown) => {
      memory.mayWrite = null;
      throw error;
    });
    await memory.mayWrite;
    checkCancelled(callOptions);
  };

  return {
    url: `hf://datasets/${pathOf(repo, prefix)}`.replace(/\/$/, ""),
    traits: { atomicBatch: true, createOnly: true, rangeReads: true, conditionalWrites: true },
    history: createHistory(committer, access.compactAfterCommits ?? COMPACT_AFTER),

    readSoon() {
      views.hurry();
      isHurried = true;
    },

    nextWriteAt: async (callOptions) => {
      const { head } = await views.recent(callOptions);
      return head === null ? null : budget.nextAt(callOptions);
    },

    async *list(listPrefix, callOptions) {
      checkPrefix(listPrefix);
      checkCancelled(callOptions);
      const view = await views.recent(callOptions);
      if (isHurried) reader.prepare(view);
      for (const [name, { sizeBytes }] of view.files) {
        if (!name.startsWith(listPrefix)) continue;
        checkCancelled(callOptions);
        yield { name, sizeBytes };
      }
    },

    async read(name, range, callOptions) {
      checkName(name);
      checkCancelled(callOptions);
      return reader.read(name, range, callOptions);
    },

    async write(files, writeOptions = {}) {
      for (const { name } of files) checkName(name);
      checkCancelled(writeOptions);
      if (files.length === 0 && memory.pending.length === 0) return;
      await ready(writeOptions);
      const staged = await stage(client, prefix, files, writeOptions);
      if (writeOptions.deferred === true) memory.pending.push(...staged);
      else await inTurn(memory, () => show(committer, memory, { files, staged }, writeOptions));
    },

    async remove(names, callOptions = {}) {
      for (const name of names) checkName(name);
      checkCancelled(callOptions);
      if ((await views.recent(callOptions)).head === null) return;
      await ready(callOptions);
      for (let start = 0; start < names.length; start += REMOVED_A_COMMIT) {
        const some = [...new Set(names.slice(start, start + REMOVED_A_COMMIT))];
        await inTurn(memory, () => commit(committer, removal(some), noUploads, callOptions));
      }
    },

    async close() {
      await memory.turn;
    },
  };
}

/** Nothing waits for its turn longer than a commit takes; a failure is that of its caller alone. */
function inTurn(memory: Memory, work: () => Promise<void>): Promise<void> {
  const done = memory.turn.then(work);
  memory.turn = done.catch(() => undefined);
  return done;
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
  const plan = (view: View, mayBeDone: boolean): Change | null => {
    if (mayBeDone && all.every((file) => isSame(view.files.get(file.name), file))) return null;
    checkCondition(view.files, all, options.condition);
    if (options.createOnly === true) checkFree(view, staged);
    // What is there already, byte for byte, needs no commit.
    const added = all.filter((file) => !isSame(view.files.get(file.name), file));
    return added.length === 0 ? null : { added, removed: [] };
  };
  const sendAgain = async (callOptions: CallOptions): Promise<void> => {
    await stage(committer.client, committer.prefix, files, callOptions);
    const contents = all.flatMap(({ lfsOid: oid, sizeBytes }) => (oid === null ? [] : [{ oid, sizeBytes }]));
    const missing = await findMissing(committer.client, contents, callOptions);
    const lost = pending.find(({ lfsOid }) => lfsOid !== null && missing.has(lfsOid));
    if (lost === undefined) return;
    // Its bytes are no longer here: whoever made them has to do so again.
    throw conflict(`${lost.name} was uploaded, and has been cleaned away by another writer`);
  };
  try {
    await commit(committer, plan, sendAgain, options);
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

/** A removal uploads nothing. */
async function noUploads(): Promise<void> {}

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

