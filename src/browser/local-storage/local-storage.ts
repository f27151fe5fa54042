import { join } from "node:path";
import type { OriginStorage } from "../cookie.ts";
import { assertNotInUse } from "../databases/in-use.ts";
import { fileError } from "../../base/file-error.ts";
import { planChromiumStorage, readChromiumStorage } from "./chromium.ts";
import { planFirefoxStorage, readFirefoxStorage } from "./firefox.ts";

/** Where the localStorage of a browser is. */
export interface StorageProfile {
  readonly kind: "chromium" | "firefox";
  /** The folder of all profiles for Chromium (`--user-data-dir`), the profile folder for Firefox. */
  readonly path: string;
  /** Chromium only: the profile folders to read; the first one is written to. `Default` when left out. */
  readonly profiles?: readonly string[];
}

/**
 * Reads the localStorage of a profile, whether its browser runs or not. A running browser writes it after
 * some seconds. Sorted by origin and name. That of containers, of partitions and of what is no web site is left out.
 *
 * @throws HoldfastError `PROFILE_DAMAGED`, `PROFILE_UNSUPPORTED`, `PERMISSION`
 */
export async function readLocalStorage(profile: StorageProfile): Promise<readonly OriginStorage[]> {
  if (profile.kind === "firefox") return inOrder(await readFirefoxStorage(profile.path));
  const parts: OriginStorage[] = [];
  for (const folder of foldersOf(profile)) parts.push(...(await readChromiumStorage(folder)));
  return inOrder(parts);
}

/**
 * Puts items into the localStorage of a profile whose browser does not run, in place of those with the same
 * names; all others stay. What is no web site is left out.
 *
 * @throws HoldfastError `COOKIE_FILE`, `PROFILE_IN_USE`, `PROFILE_DAMAGED`, `PROFILE_UNSUPPORTED`, and then
 *   nothing is written
 */
export async function writeLocalStorage(
  profile: StorageProfile,
  storage: readonly OriginStorage[],
): Promise<void> {
  const write = await planLocalStorage(profile, storage);
  await write();
}

/**
 * The first half of {@link writeLocalStorage}: looks at everything that could be wrong and writes nothing.
 * What it returns is the second half.
 */
export async function planLocalStorage(
  profile: StorageProfile,
  storage: readonly OriginStorage[],
): Promise<() => Promise<void>> {
  await assertNotInUse(profile.path).catch((error: unknown) => {
    throw fileError(error, `could not look at '${profile.path}'`);
  });
  const nowMs = Date.now();
  if (profile.kind === "firefox") return await planFirefoxStorage(profile.path, storage, nowMs);
  return await planChromiumStorage(foldersOf(profile)[0] ?? profile.path, storage, nowMs);
}

/** The order in files says nothing, and what is the same is to look the same. */
function inOrder(storage: readonly OriginStorage[]): OriginStorage[] {
  return storage
    .map(({ origin, items }) => ({ origin, items: items.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }))
    .sort((a, b) => (a.origin < b.origin ? -1 : 1));
}

function foldersOf({ path, profiles }: StorageProfile): string[] {
  return (profiles ?? ["Default"]).map((name) => join(path, name));
}
