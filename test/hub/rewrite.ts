import { readCommit, writeCommit } from "./git/commits.ts";
import { readTree, writeTree } from "./git/trees.ts";
import type { Repo } from "./repo.ts";

/**
 * Removes every pointer to some LFS objects from all commits of all branches and tags. Every commit
 * gets another name, also where nothing was removed.
 */
export function rewriteWithout(repo: Repo, lfsOids: ReadonlySet<string>, nowMs: number): void {
  const trees = new Map<string, string>();
  const commits = new Map<string, string>();
  for (const kind of ["heads", "tags"] as const) {
    for (const { name, oid } of repo.refs.list(kind)) {
      const line = [...repo.history(oid)].toReversed();
      for (const commit of line) {
        if (commits.has(commit.oid)) continue;
        const parent = commit.parent === null ? null : (commits.get(commit.parent) ?? null);
        const tree = rewriteTree(repo, commit.tree, lfsOids, trees) ?? writeTree(repo.objects, []);
        const committedSeconds = Math.max(Math.floor(nowMs / 1000), commit.committedSeconds + 1);
        commits.set(commit.oid, writeCommit(repo.objects, { ...commit, parent, tree, committedSeconds }));
      }
      repo.refs.set(kind, name, commits.get(oid) ?? readCommit(repo.objects, oid).oid);
    }
  }
}

/** @returns `null` when nothing is left */
function rewriteTree(
  repo: Repo,
  oid: string,
  lfsOids: ReadonlySet<string>,
  done: Map<string, string>,
): string | null {
  const known = done.get(oid);
  if (known !== undefined) return known === "" ? null : known;
  const kept = readTree(repo.objects, oid).flatMap((entry) => {
    if (!entry.isFolder) {
      const { lfs } = repo.describe({ path: entry.name, ...entry });
      return lfs !== null && lfsOids.has(lfs.oid) ? [] : [entry];
    }
    const folder = rewriteTree(repo, entry.oid, lfsOids, done);
    return folder === null ? [] : [{ ...entry, oid: folder }];
  });
  const rewritten = kept.length === 0 ? null : writeTree(repo.objects, kept);
  done.set(oid, rewritten ?? "");
  return rewritten;
}
