import type { RepoCall } from "./call.ts";
import type { NamedCommit } from "./git/commits.ts";

/**
 * The commit that a revision means to this request.
 *
 * @throws {HubError} 404
 */
export function revisionOf({ repo, fault }: RepoCall, revision: string): NamedCommit {
  const commit = repo.resolve(revision);
  const isStale = fault === "stale-head" && commit.oid !== revision && commit.parent !== null;
  return isStale && commit.parent !== null ? repo.resolve(commit.parent) : commit;
}
