import { resolve } from "node:path";
import { readSnapshots } from "../repository/snapshot.ts";
import { atBorder } from "./border.ts";
import { newestSnapshot } from "./newest-snapshot.ts";
import { type RepositoryAccess, withRepository } from "./open-repository.ts";

/**
 * The id of the snapshot that `latest` means for some state folders.
 *
 * @returns `null` when nothing good is saved
 * @throws {HoldfastError} what opening and reading the repository throw
 */
export function newest(
  options: RepositoryAccess & { readonly state: readonly string[] },
): Promise<string | null> {
  const { state, signal } = options;
  return atBorder("could not look for the newest snapshot", () =>
    withRepository(options, async ({ repository }) => {
      const { snapshots } = await readSnapshots(repository, { signal });
      const paths = state.map((folder) => resolve(folder));
      return (newestSnapshot(snapshots, paths) ?? newestSnapshot(snapshots, null))?.id ?? null;
    }),
  );
}
