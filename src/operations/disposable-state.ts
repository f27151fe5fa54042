import { joinPath } from "../base/byte-path.ts";
import { fromText, toText } from "../base/byte-string.ts";
import { disposableIn } from "../browser/disposable.ts";
import { findProfilesIn } from "../browser/find-profiles.ts";
import { diskTree, type ProfileTree } from "../browser/profile-tree.ts";
import type { AheadListings } from "../capture/listing.ts";
import type { Disposable } from "../capture/patterns.ts";
import type { StateFolder } from "../capture/state-paths.ts";

/** By the path of a state folder: what in it can be done without. */
export type DisposableState = ReadonlyMap<string, Disposable>;

/**
 * What the presets of the browsers whose profiles are in the state leave out. A folder without profiles
 * is not in the result. Never throws.
 *
 * @param ahead what was listed already, so that nothing is listed twice
 */
export async function findDisposable(
  folders: readonly StateFolder[],
  ahead: AheadListings | undefined,
): Promise<DisposableState> {
  const found = new Map<string, Disposable>();
  for (const folder of folders) {
    const profiles = await findProfilesIn(listedTree(folder, ahead), toText(folder.real));
    if (profiles.length > 0) found.set(folder.path, disposableIn(profiles));
  }
  return found;
}

function listedTree({ real }: StateFolder, ahead: AheadListings | undefined): ProfileTree {
  const disk = diskTree(toText(real));
  return {
    list(folder) {
      const listing = ahead?.peek(joinPath(real, fromText(folder))) ?? null;
      if (listing === null) return disk.list(folder);
      return listing.map(({ name, stats }) => {
        const kind = stats?.isDirectory() === true ? "folder" : stats?.isFile() === true ? "file" : "other";
        return { name: toText(name), kind };
      });
    },
    read: (file) => disk.read(file),
    size: (file) => disk.size(file),
  };
}
