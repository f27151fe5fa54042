import { join, posix } from "node:path";
import { setImmediate } from "node:timers/promises";
import { diskTree, type ProfileTree, type TreeEntry } from "./profile-tree.ts";
import { profileVersion } from "./profile-version.ts";

/** A family of browsers whose profiles look alike. */
export type BrowserKind = "chromium" | "firefox";

/** The folder in which a browser keeps its logins. */
export interface BrowserProfile {
  readonly kind: BrowserKind;
  /** Absolute: the user data folder of Chromium, the profile folder of Firefox. */
  readonly path: string;
  /** The same, relative to where it was looked for; '' for that folder itself. */
  readonly relative: string;
  /** Chromium: names of the profile folders in it (`Default`, `Profile 1`), `.` for itself. Firefox: none. */
  readonly profiles: readonly string[];
  /** The browser that wrote it last; `null` when it does not say. */
  readonly version: string | null;
}

/** Profiles lie near the top of a state; deeper folders belong to something else. */
const MAX_DEPTH = 6;
/** Looking must stay quick: it is part of every save. */
const MAX_FOLDERS = 5000;
/** Other work gets its turn after so long. */
const SLICE_MS = 4;

/** Large, and never the place of a profile. */
const SKIPPED: ReadonlySet<string> = new Set([
  ".cache",
  ".git",
  "node_modules",
  "Cache",
  "CacheStorage",
  "Code Cache",
  "GPUCache",
  "cache2",
  "startupCache",
]);

/**
 * Finds the profiles of browsers in a folder and below it, by what they hold: those of the Chromium
 * family by `Local State` or `Default/Preferences`, those of Firefox and Camoufox by `cookies.sqlite`
 * or `prefs.js`. Follows no links, looks into no profile that it has found, and no deeper than 6
 * folders. What cannot be looked into holds none; never throws.
 */
export function findProfiles(folder: string): Promise<readonly BrowserProfile[]> {
  return findProfilesIn(diskTree(folder), folder);
}

/**
 * As {@link findProfiles}, in any tree of folders.
 *
 * @param base the absolute path of the tree
 * @throws what the tree throws
 */
export async function findProfilesIn(tree: ProfileTree, base: string): Promise<readonly BrowserProfile[]> {
  const found: BrowserProfile[] = [];
  const queue = [{ folder: "", depth: 0 }];
  let sliceEndsMs = performance.now() + SLICE_MS;
  for (const [index, { folder, depth }] of queue.entries()) {
    if (index >= MAX_FOLDERS) break;
    const entries = await tree.list(folder);
    const kind = await recognise(tree, folder, entries);
    if (kind !== null) {
      const version = await profileVersion(tree, kind.kind, folder, kind.profiles);
      found.push({ ...kind, path: join(base, folder), relative: folder, version });
    } else if (depth < MAX_DEPTH) {
      for (const { name, kind: type } of entries) {
        if (type === "folder" && !SKIPPED.has(name)) {
          queue.push({ folder: posix.join(folder, name), depth: depth + 1 });
        }
      }
    }
    if (performance.now() < sliceEndsMs) continue;
    await setImmediate();
    sliceEndsMs = performance.now() + SLICE_MS;
  }
  return found.sort((a, b) => (a.relative < b.relative ? -1 : 1));
}

type Recognised = Pick<BrowserProfile, "kind" | "profiles">;

async function recognise(
  tree: ProfileTree,
  folder: string,
  entries: readonly TreeEntry[],
): Promise<Recognised | null> {
  // Most folders hold nothing that matters: they cost no more than this look.
  const marks = entries.filter(({ name }) => MARKS.has(name) || PROFILE_FOLDER.test(name));
  if (marks.length === 0) return null;
  const files = new Set(marks.filter(({ kind }) => kind === "file").map(({ name }) => name));
  const folders = new Set(marks.filter(({ kind }) => kind === "folder").map(({ name }) => name));
  const profiles: string[] = [];
  for (const name of folders) {
    if (!PROFILE_FOLDER.test(name)) continue;
    const inner = await tree.list(posix.join(folder, name));
    if (inner.some((entry) => entry.name === "Preferences" && entry.kind === "file")) profiles.push(name);
  }
  if (isProfileItself(files, folders)) profiles.unshift(".");
  if (files.has("Local State") || profiles.length > 0) return { kind: "chromium", profiles: profiles.sort() };
  return isFirefox(files) ? { kind: "firefox", profiles: [] } : null;
}

const PROFILE_FOLDER = /^(?:Default|Profile \d+|Guest Profile|System Profile)$/;

/** Names like `prefs.js` occur elsewhere too: one alone says nothing. */
const FIREFOX_MARKS = ["prefs.js", "times.json", "compatibility.ini", "places.sqlite", "key4.db"];

const MARKS: ReadonlySet<string> = new Set([
  "Local State",
  "Preferences",
  "Cookies",
  "Local Storage",
  "cookies.sqlite",
  ...FIREFOX_MARKS,
]);

/** A profile folder on its own, or a program with a built-in Chromium, which has only one. */
function isProfileItself(files: ReadonlySet<string>, folders: ReadonlySet<string>): boolean {
  return files.has("Preferences") && (files.has("Cookies") || folders.has("Local Storage"));
}

function isFirefox(files: ReadonlySet<string>): boolean {
  return files.has("cookies.sqlite") || FIREFOX_MARKS.filter((name) => files.has(name)).length >= 2;
}
