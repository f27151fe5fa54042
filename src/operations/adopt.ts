import { resolve } from "node:path";
import { HoldfastError } from "../base/errors.ts";
import { version } from "../base/version.ts";
import { timeAfter } from "../capture/write-snapshot.ts";
import { formatTime, nowNs } from "../repository/go-time.ts";
import { shortId } from "../repository/ids.ts";
import { SNAPSHOTS } from "../repository/layout.ts";
import { acquireLock } from "../repository/lock.ts";
import type { RepositoryLock } from "../repository/held-lock.ts";
import type { Repository } from "../repository/repository.ts";
import { sealFile } from "../repository/sealed-file.ts";
import {
  encodeSnapshot,
  type NewSnapshot,
  readSnapshots,
  type Snapshot,
  type SnapshotList,
} from "../repository/snapshot.ts";
import type { CallOptions, WriteCondition } from "../stores/store.ts";
import { besideTags, findForks, identityOf, newerBeside } from "./beside.ts";
import { conflict } from "../stores/conditions.ts";
import { atBorder } from "./border.ts";
import { chooseAmong } from "./choose-snapshot.ts";
import { isCookiesOnly, newestCookies, newestSnapshot } from "./newest-snapshot.ts";
import { type RepositoryAccess, withRepository } from "./open-repository.ts";
import { undisturbed } from "./undisturbed.ts";

/** Which snapshot to make the good state. */
export interface AdoptRequest {
  /** The folders whose content is the state. */
  readonly state: readonly string[];
  /**
   * An id, or the start of one. When left out: the newest one beside the good ones of the state's folders
   * that is newer than all of these, unless a restore has replaced it, which has to be named.
   */
  readonly snapshot?: string | undefined;
}

/** What was done, as `holdfast adopt --json` shows it. */
export interface AdoptResult {
  /** Id of the snapshot that is the newest good one now; it has the state of the adopted one. */
  readonly snapshot: string;
  /** Id of the one that was kept beside the good ones, and is gone. */
  readonly adopted: string;
  /** Why it was kept beside them: the tags that it has lost. */
  readonly was: readonly string[];
  /** Id of the good one before; `null` when there was none. */
  readonly parent: string | null;
  /** When the state was as it is in the snapshot; RFC 3339, to the nanosecond. */
  readonly saved: string;
  /** `null` when the program that saved did not count, as is the next one. */
  readonly files: number | null;
  /** Size of all files together. */
  readonly bytes: number | null;
}

/**
 * Makes a snapshot that is kept beside the good ones, such as a fork, the good state: the next restore takes
 * it. Nothing is lost by that: the snapshot that was the newest good one stays, as an older one.
 *
 * The snapshot gets a new file before the old one is removed. Cut off in between, both are there, and doing
 * it again removes the old one.
 *
 * @throws {HoldfastError} `NO_SNAPSHOT` when there is none to adopt, `CONFIG` when the named one is a good
 *   one, `LOCKED`, `CONFLICT`, `STORE_READ_ONLY`, and whatever opening the repository throws
 * @example
 * ```ts
 * const { snapshot } = await adopt({ store: "./.holdfast", password, state: ["data"] });
 * ```
 */
export function adopt(options: RepositoryAccess & AdoptRequest): Promise<AdoptResult> {
  return atBorder("could not adopt a snapshot", () =>
    withRepository(options, (whole) =>
      undisturbed(whole, options, ({ repository }) => adoptIn(repository, options)),
    ),
  );
}

async function adoptIn(
  repository: Repository,
  { state, snapshot: query, signal }: AdoptRequest & CallOptions,
): Promise<AdoptResult> {
  await using lock = await acquireLock(repository, { exclusive: false, signal });
  const list = await readSnapshots(repository, { signal });
  const beside = query === undefined ? newestBeside(list, state) : namedBeside(list, query);
  const good = goodAmong(list, beside);
  const adopted =
    earlierAdoption(list, beside) ??
    (await writeAdopted(repository, { list, beside, good, lock }, { signal }));
  await repository.store.remove([`${SNAPSHOTS}${beside.id}`], { signal });
  return {
    snapshot: adopted.id,
    adopted: beside.id,
    was: findForks(list.snapshots).has(beside) ? ["fork"] : besideTags(beside),
    parent: adopted.parent,
    saved: formatTime(beside.timeNs),
    files: beside.summary?.totalFilesProcessed ?? null,
    bytes: beside.summary?.totalBytesProcessed ?? null,
  };
}

interface Adoption {
  readonly list: SnapshotList;
  readonly beside: Snapshot;
  readonly good: Snapshot | null;
  readonly lock: RepositoryLock;
}

/** Writes the new file of a snapshot; nobody may have saved since the good one was looked for. */
async function writeAdopted(
  { keys, store, index }: Repository,
  { list, beside, good, lock }: Adoption,
  { signal }: CallOptions,
): Promise<Snapshot> {
  const { id: _, ...same } = beside;
  const reasons: readonly string[] = besideTags(beside);
  const adopted: NewSnapshot = {
    ...same,
    timeNs: timeAfter(nowNs(), good),
    parent: good?.id ?? null,
    tags: beside.tags.filter((tag) => !reasons.includes(tag)),
    original: identityOf(beside),
    programVersion: `holdfast ${version()}`,
  };
  const file = sealFile(keys, SNAPSHOTS, encodeSnapshot(adopted));
  lock.assertHeld();
  const locked = lock.condition(index);
  let condition: WriteCondition | undefined;
  if (locked === undefined) {
    const names = new Set(list.names);
    for await (const { name } of store.list(SNAPSHOTS, { signal }))
      if (!names.has(name)) throw conflict("another writer has saved meanwhile");
  } else {
    const only = { prefix: SNAPSHOTS, names: list.names };
    condition = { ...locked, present: [`${SNAPSHOTS}${beside.id}`], only };
  }
  await store.write([file], { signal, condition });
  return { ...adopted, id: file.id };
}

/** What an adoption that was cut off has written already. */
function earlierAdoption({ snapshots }: SnapshotList, beside: Snapshot): Snapshot | undefined {
  const forks = findForks(snapshots);
  return snapshots.find(
    (each) => each.original === identityOf(beside) && besideTags(each).length === 0 && !forks.has(each),
  );
}

function goodAmong({ snapshots }: SnapshotList, beside: Snapshot): Snapshot | null {
  const newest = isCookiesOnly(beside) ? newestCookies : newestSnapshot;
  return newest(snapshots, beside.paths);
}

function newestBeside({ snapshots }: SnapshotList, state: readonly string[]): Snapshot {
  const paths = state.map((folder) => resolve(folder));
  const than = newestSnapshot(snapshots, paths);
  const [newest] = newerBeside(snapshots, { paths, than }, ["fork", "quarantine", "shrunk"]);
  if (newest !== undefined) return newest.snapshot;
  throw new HoldfastError({
    code: "NO_SNAPSHOT",
    message: `no snapshot of ${paths.join(", ")} is kept beside the good ones and newer than these`,
    hint: "an older one has to be named; list them with: holdfast snapshots",
  });
}

function namedBeside(list: SnapshotList, query: string): Snapshot {
  const named = chooseAmong(list, query);
  if (besideTags(named).length > 0 || findForks(list.snapshots).has(named)) return named;
  throw new HoldfastError({
    code: "CONFIG",
    message: `snapshot ${shortId(named.id)} is a good one already`,
    hint: `to go back to it: holdfast restore --force ${shortId(named.id)}, then holdfast save`,
  });
}
