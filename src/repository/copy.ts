import { HoldfastError, isHoldfastError } from "../base/errors.ts";
import type { ProgressListener } from "../base/progress.ts";
import type { CallOptions, Store, StoredFile, WriteCondition } from "../stores/store.ts";
import { assertWritten, findUnlike, transferFiles } from "./copy-files.ts";
import { prepareTarget, type TargetOptions } from "./copy-target.ts";
import type { RepositoryLock } from "./held-lock.ts";
import { type Id, isId } from "./ids.ts";
import { baseName, INDEXES, LOCKS, packName, PACKS, SNAPSHOTS } from "./layout.ts";
import { acquireLock } from "./lock.ts";
import type { Repository } from "./repository.ts";

/** Options of {@link copyRepository}. */
export interface CopyOptions extends TargetOptions {
  /** Read everything in the target back, also what was there already. */
  readonly verify: boolean;
  readonly onProgress?: ProgressListener | undefined;
}

/** What was copied, or was there. */
export interface CopyCounts {
  readonly snapshots: number;
  /** Packs, indexes and snapshots. */
  readonly files: number;
  readonly bytes: number;
}

/** What {@link copyRepository} did, or would do. */
export interface CopyReport {
  readonly isNew: boolean;
  readonly copied: CopyCounts;
  readonly there: CopyCounts;
  /** Names of files that are damaged in the source, and were left out. */
  readonly damaged: readonly string[];
}

/** Another writer may remove files meanwhile, where a lock cannot keep it from that. */
const ROUNDS = 3;

/** In the order in which they are written: what a file relies on is there before it. */
const KINDS = [PACKS, INDEXES, SNAPSHOTS] as const;
type Kind = (typeof KINDS)[number];
type Files = Readonly<Record<Kind, readonly StoredFile[]>>;

/**
 * Copies all files of a repository to another store as they are: the same keys, the same names, nothing is
 * opened or sealed again. What is there with the same name and size is left alone; nothing is removed.
 *
 * First keys and `config`, then packs, then indexes, then snapshots: at any moment the target is either no
 * repository, or one whose snapshots are complete. Both are locked against being pruned.
 *
 * @throws {HoldfastError} `CONFIG` when the target is the source, holds another repository, or everybody
 *   could read the copy; `LOCKED`; `CONFLICT` or `NOT_FOUND` when others removed files again and again; and what the stores throw
 */
export async function copyRepository(
  source: Repository,
  target: Store,
  options: CopyOptions,
): Promise<CopyReport> {
  source.store.readSoon?.();
  await using _sourceLock = options.dryRun ? null : await lockSource(source, options);
  if (!options.dryRun) await refuseSameStore(source.store, target, options);
  const { repository, isNew, damaged } = await prepareTarget(source, target, options);
  await using lock = options.dryRun ? null : await acquireLock(repository, { ...options, exclusive: false });
  const copied = new Map<string, StoredFile>();
  const broken = new Set(damaged);
  for (let round = 1; ; round += 1) {
    try {
      const files = await listFiles(source.store, options);
      const there = await copyRound({ source: source.store, target, files, copied, broken, lock }, options);
      return { isNew, copied: countsOf(copied.values()), there: countsOf(there), damaged: [...broken] };
    } catch (error) {
      if (round === ROUNDS || !isHoldfastError(error, "NOT_FOUND", "CONFLICT")) throw error;
    }
  }
}

interface Round {
  readonly source: Store;
  readonly target: Store;
  readonly files: Files;
  /** What was copied, to be added to. */
  readonly copied: Map<string, StoredFile>;
  /** What is damaged in the source, to be added to. */
  readonly broken: Set<string>;
  /** `null` when nothing is written. */
  readonly lock: RepositoryLock | null;
}

/** @returns what was in the target before */
async function copyRound(round: Round, options: CopyOptions): Promise<readonly StoredFile[]> {
  const { source, target, files, copied, broken, lock } = round;
  const { signal } = options;
  const plan = await planRound(round, options);
  const report = progressOf(
    "copy",
    KINDS.flatMap((kind) => plan.missing[kind]),
    options,
  );
  for (const kind of KINDS) {
    const missing = plan.missing[kind];
    if (lock === null) for (const file of missing) copied.set(file.name, file);
    if (lock === null || missing.length === 0) continue;
    lock.assertHeld();
    const condition = conditionOf(kind, files, broken, target);
    const written: StoredFile[] = [];
    const onFile = (file: StoredFile): void => {
      report(file);
      written.push(file);
      copied.set(file.name, file);
    };
    const damaged = await transferFiles(missing, { source, target, condition, signal, onFile });
    for (const name of damaged) broken.add(name);
    const onRead = progressOf("verify", written, options);
    if (options.verify) await assertWritten(target, written, { signal, onFile: onRead });
  }
  return plan.there.filter(({ name }) => !copied.has(name));
}

interface Plan {
  readonly missing: Files;
  readonly there: readonly StoredFile[];
}

async function planRound({ target, files, copied }: Round, options: CopyOptions): Promise<Plan> {
  const sizes = new Map<string, number>();
  for (const kind of KINDS)
    for await (const { name, sizeBytes } of target.list(kind, { signal: options.signal }))
      sizes.set(name, sizeBytes);
  const all = KINDS.flatMap((kind) => files[kind]);
  const there = all.filter(({ name, sizeBytes }) => sizes.get(name) === sizeBytes);
  const known = there.filter(({ name }) => !copied.has(name));
  const unlike = options.verify
    ? await findUnlike(target, known, { ...options, onFile: progressOf("verify", known, options) })
    : [];
  const good = new Set(there);
  for (const file of unlike) good.delete(file);
  const missing = (kind: Kind): StoredFile[] => files[kind].filter((file) => !good.has(file));
  return {
    missing: { [PACKS]: missing(PACKS), [INDEXES]: missing(INDEXES), [SNAPSHOTS]: missing(SNAPSHOTS) },
    there: [...good],
  };
}

/** Where the store can see to it: nothing becomes visible whose packs were removed, or beside a lock. */
function conditionOf(
  kind: Kind,
  files: Files,
  broken: ReadonlySet<string>,
  { traits }: Store,
): WriteCondition | undefined {
  if (!traits.conditionalWrites || kind === PACKS) return undefined;
  const needed = kind === INDEXES ? files[PACKS] : [...files[PACKS], ...files[INDEXES]];
  const present = needed.map(({ name }) => name).filter((name) => !broken.has(name));
  return { present, absent: LOCKS };
}

/** Snapshots are listed first, so that what they rely on is listed too, should others save meanwhile. */
async function listFiles(store: Store, options: CallOptions): Promise<Files> {
  const snapshots = await listKind(store, SNAPSHOTS, options);
  const indexes = await listKind(store, INDEXES, options);
  return { [PACKS]: await listKind(store, PACKS, options), [INDEXES]: indexes, [SNAPSHOTS]: snapshots };
}

/** Only what is named as files of a repository are; what else lies there belongs to somebody else. */
async function listKind(store: Store, kind: Kind, { signal }: CallOptions): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for await (const file of store.list(kind, { signal })) {
    const id = baseName(file.name);
    const name = kind === PACKS ? packName(id as Id) : `${kind}${id}`;
    if (isId(id) && file.name === name) files.push(file);
  }
  return files;
}

/** A source that cannot be written to has no lock: what is removed meanwhile is noticed all the same. */
async function lockSource(source: Repository, options: CallOptions): Promise<RepositoryLock | null> {
  try {
    return await acquireLock(source, { ...options, exclusive: false });
  } catch (error) {
    if (isHoldfastError(error, "STORE_READ_ONLY", "STORE_AUTH")) return null;
    throw error;
  }
}

/** Locks have names that occur once: where all those of the source are, is the source. */
async function refuseSameStore(source: Store, target: Store, { signal }: CallOptions): Promise<void> {
  const locks = new Set<string>();
  for await (const { name } of source.list(LOCKS, { signal })) locks.add(name);
  if (locks.size === 0) return;
  for await (const { name } of target.list(LOCKS, { signal })) locks.delete(name);
  if (locks.size === 0) throw samePlace();
}

/** The two stores of a copy are one. */
export function samePlace(): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: "the two stores of the copy are the same",
    hint: "name another one with --to",
  });
}

function progressOf(
  phase: string,
  files: readonly StoredFile[],
  { onProgress }: CopyOptions,
): (file: StoredFile) => void {
  const totalBytes = sizeOf(files);
  let count = 0;
  let bytes = 0;
  return ({ sizeBytes }) => {
    count += 1;
    bytes += sizeBytes;
    onProgress?.({ phase, files: count, totalFiles: files.length, bytes, totalBytes });
  };
}

function countsOf(files: Iterable<StoredFile>): CopyCounts {
  const all = [...files];
  const snapshots = all.filter(({ name }) => name.startsWith(SNAPSHOTS)).length;
  return { snapshots, files: all.length, bytes: sizeOf(all) };
}

function sizeOf(files: readonly StoredFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
