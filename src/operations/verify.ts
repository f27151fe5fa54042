import { loadIndex } from "../repository/index-files.ts";
import { Verifier } from "../restore/verifier.ts";
import { atBorder } from "./border.ts";
import { chooseSnapshot } from "./choose-snapshot.ts";
import { type RepositoryAccess, withRepository } from "./open-repository.ts";
import { wholeTreeNode } from "./saved-folders.ts";

/** Which snapshot to read back. */
export interface VerifyRequest {
  /** An id, the start of one, or `latest`. */
  readonly snapshot: string;
}

/**
 * Whether a snapshot could be restored in full: all of its data is read and checked, and written nowhere.
 *
 * @throws {HoldfastError} `NO_SNAPSHOT`, and what opening and reading the repository throw
 */
export function verify(options: RepositoryAccess & VerifyRequest): Promise<boolean> {
  const { snapshot: query, signal } = options;
  return atBorder("could not read the snapshot back", () =>
    withRepository(options, async ({ repository }) => {
      const snapshot = await chooseSnapshot(repository, query, { signal });
      await loadIndex(repository, { signal });
      await using verifier = new Verifier(repository, { signal });
      return await verifier.isWhole(wholeTreeNode(snapshot));
    }),
  );
}
