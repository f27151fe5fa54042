import { disposableIn } from "../browser/disposable.ts";
import { type BrowserKind, type BrowserProfile, findProfilesIn } from "../browser/find-profiles.ts";
import { diskTree, type ProfileTree } from "../browser/profile-tree.ts";
import { findStateFolders } from "../capture/state-paths.ts";
import { toText } from "../base/byte-string.ts";
import { loadIndex } from "../repository/index-files.ts";
import { TreeReader } from "../repository/tree-reader.ts";
import { atBorder } from "./border.ts";
import { chooseSnapshot } from "./choose-snapshot.ts";
import { type RepositoryAccess, withRepository } from "./open-repository.ts";
import { measureFolder } from "./profile-sizes.ts";
import { savedFolders } from "./saved-folders.ts";
import { snapshotTree } from "./snapshot-profiles.ts";

/** A browser profile as `holdfast ls --profiles --json` shows it. Sizes are in bytes. */
export interface ProfileInfo {
  /** The family: `firefox` stands for Camoufox too. */
  readonly browser: BrowserKind;
  /** Absolute: the user data folder of Chromium, the profile folder of Firefox. */
  readonly path: string;
  /** Chromium: names of the profile folders in it (`Default`, `Profile 1`), `.` for itself. */
  readonly profiles: readonly string[];
  /** The browser that wrote it last; `null` when it does not say. */
  readonly version: string | null;
  /** Files, and how many of them are left when the presets have taken away what is disposable. */
  readonly files: { readonly whole: number; readonly kept: number };
  /** Their sizes. */
  readonly bytes: { readonly whole: number; readonly kept: number };
}

/**
 * The browser profiles in the state on this machine.
 *
 * @throws {HoldfastError} `CONFIG` when a folder is missing
 * @example
 * ```ts
 * for (const { browser, path } of await profiles({ state: ["data"] })) console.log(browser, path);
 * ```
 */
export function profiles(options: { readonly state: readonly string[] }): Promise<ProfileInfo[]> {
  return atBorder("could not look for profiles", async () => {
    const found: ProfileInfo[] = [];
    for (const { path, real } of findStateFolders(options.state)) {
      found.push(...(await describeProfiles(diskTree(toText(real)), path)));
    }
    return found;
  });
}

/**
 * The browser profiles in a snapshot.
 *
 * @throws {HoldfastError} `NO_SNAPSHOT`; `CONFIG` when several snapshots start so; `DATA_DAMAGED`, and
 *   whatever opening the repository throws
 */
export function savedProfiles(
  options: RepositoryAccess & { readonly snapshot: string },
): Promise<ProfileInfo[]> {
  const { signal } = options;
  return atBorder("could not look for profiles", () =>
    withRepository(options, async ({ repository }) => {
      const snapshot = await chooseSnapshot(repository, options.snapshot, { signal });
      await loadIndex(repository, { signal });
      const trees = new TreeReader(repository, { signal });
      const folders = (await savedFolders(trees, snapshot)) ?? [];
      const found: ProfileInfo[] = [];
      for (const { path, node } of folders) {
        if (node.subtree === null) continue;
        found.push(
          ...(await describeProfiles(snapshotTree(repository, trees, node.subtree, { signal }), path)),
        );
      }
      return found;
    }),
  );
}

async function describeProfiles(tree: ProfileTree, base: string): Promise<ProfileInfo[]> {
  const infos: ProfileInfo[] = [];
  for (const profile of await findProfilesIn(tree, base)) infos.push(await describeProfile(tree, profile));
  return infos;
}

async function describeProfile(tree: ProfileTree, profile: BrowserProfile): Promise<ProfileInfo> {
  const { whole, kept } = await measureFolder(tree, profile.relative, disposableIn([profile]));
  return {
    browser: profile.kind,
    path: profile.path,
    profiles: profile.profiles,
    version: profile.version,
    files: { whole: whole.files, kept: kept.files },
    bytes: { whole: whole.bytes, kept: kept.bytes },
  };
}
