import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Commit, history, type NamedCommit, readCommit, writeCommit } from "./git/commits.ts";
import { ObjectStore } from "./git/objects.ts";
import { Refs } from "./git/refs.ts";
import { editTree, type Edit, findPath, type PathEntry, walkTree, writeTree } from "./git/trees.ts";
import { entryNotFound, HubError } from "./hub-error.ts";
import { LfsStore, parsePointer, type Pointer } from "./lfs.ts";

/** What a repository is, beside its history. */
export interface RepoFacts {
  /** As it was created: `alice/vault`. */
  readonly id: string;
  readonly isPrivate: boolean;
  readonly createdMs: number;
}

/** A file at a revision. */
export interface RepoFile {
  readonly path: string;
  /** Of the blob: the content, or the pointer to it. */
  readonly oid: string;
  /** Of the content, wherever it is. */
  readonly sizeBytes: number;
  readonly lfs: (Pointer & { readonly pointerBytes: number }) | null;
}

/** Who changes what, and why. */
export interface Change {
  readonly author: string;
  readonly message: string;
  readonly nowMs: number;
}

/** A dataset: a bare repository of git, its LFS objects and its facts, in one folder. */
export class Repo {
  readonly folder: string;
  readonly objects: ObjectStore;
  readonly refs: Refs;
  readonly lfs: LfsStore;
  #facts: RepoFacts;
  readonly #files = new Map<string, Omit<RepoFile, "path">>();

  /** @param facts of a repository to be made; one that is there when left out */
  constructor(folder: string, facts?: RepoFacts) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    this.#facts = facts ?? (JSON.parse(readFileSync(join(folder, "repo.json"), "utf8")) as RepoFacts);
    this.refs = new Refs(join(folder, "git"));
    this.objects = new ObjectStore(join(folder, "git"));
    this.lfs = new LfsStore(join(folder, "lfs"));
    if (facts !== undefined) this.#save();
  }

  static exists(folder: string): boolean {
    return existsSync(join(folder, "repo.json"));
  }

  get facts(): RepoFacts {
    return this.#facts;
  }

  setPrivate(isPrivate: boolean): void {
    this.#facts = { ...this.#facts, isPrivate };
    this.#save();
  }

  /**
   * The commit that a branch, a tag or a commit's own name means.
   *
   * @throws {HubError} 404
   */
  resolve(revision: string): NamedCommit {
    const oid = /^[0-9a-f]{40}$/.test(revision)
      ? revision
      : (this.refs.get("heads", revision) ?? this.refs.get("tags", revision));
    if (oid === null || !this.objects.has(oid) || this.objects.read(oid).type !== "commit")
      throw new HubError(404, `Invalid rev id: ${revision}`, { code: "RevisionNotFound" });
    return readCommit(this.objects, oid);
  }

  /** Newest first. */
  history(head: string): Generator<NamedCommit> {
    return history(this.objects, head);
  }

  /** @returns `null` when the commit lacks the path */
  find(commit: Commit, path: string): PathEntry | null {
    return findPath(this.objects, commit.tree, path);
  }

  /** @throws {HubError} 404 */
  file(commit: Commit, path: string): RepoFile {
    const entry = this.find(commit, path);
    if (entry === null || entry.isFolder) throw entryNotFound();
    return this.describe(entry);
  }

  walk(commit: Commit): Generator<PathEntry> {
    return walkTree(this.objects, commit.tree);
  }

  describe({ path, oid }: PathEntry): RepoFile {
    let file = this.#files.get(oid);
    if (file === undefined) {
      const { bytes } = this.objects.read(oid);
      const pointer = parsePointer(bytes);
      const lfs = pointer === null ? null : { ...pointer, pointerBytes: bytes.length };
      file = { oid, sizeBytes: pointer?.sizeBytes ?? bytes.length, lfs };
      this.#files.set(oid, file);
    }
    return { path, ...file };
  }

  blob(oid: string): Buffer {
    return this.objects.read(oid).bytes;
  }

  /** Changes a branch by one commit; a branch that is missing begins with it. */
  commit(branch: string, edits: readonly Edit[], change: Change): string {
    const parent = this.refs.get("heads", branch);
    const tree = parent === null ? writeTree(this.objects, []) : readCommit(this.objects, parent).tree;
    const oid = this.#writeCommit(editTree(this.objects, tree, edits), parent, change);
    this.refs.set("heads", branch, oid);
    return oid;
  }

  /** The history of a branch becomes one commit with what it holds now. */
  squash(branch: string, change: Change): void {
    const { tree } = this.resolve(branch);
    this.refs.set("heads", branch, this.#writeCommit(tree, null, change));
  }

  #writeCommit(tree: string, parent: string | null, { author, message, nowMs }: Change): string {
    const seconds = Math.floor(nowMs / 1000);
    return writeCommit(this.objects, {
      tree,
      parent,
      author,
      authoredSeconds: seconds,
      committedSeconds: seconds,
      message,
    });
  }

  #save(): void {
    const path = join(this.folder, "repo.json");
    writeFileSync(`${path}.new`, JSON.stringify(this.#facts, null, 2));
    renameSync(`${path}.new`, path);
  }
}
