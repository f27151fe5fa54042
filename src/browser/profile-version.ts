import { posix } from "node:path";
import type { BrowserKind } from "./find-profiles.ts";
import type { ProfileTree } from "./profile-tree.ts";

/**
 * The version of the browser that wrote a profile last, for example `156.0.8078.79` or `153.7.0`.
 *
 * @param folder the profile, relative to the tree
 * @param profiles the profile folders of Chromium
 * @returns `null` when the profile does not say
 */
export async function profileVersion(
  tree: ProfileTree,
  kind: BrowserKind,
  folder: string,
  profiles: readonly string[],
): Promise<string | null> {
  const read = async (name: string): Promise<string> => (await tree.read(posix.join(folder, name))) ?? "";
  if (kind === "firefox") return firefoxVersion(await read(COMPATIBILITY_FILE))?.version ?? null;
  const last = plainVersion(await read("Last Version"));
  if (last !== null) return last;
  for (const profile of profiles) {
    const found = versionOfPreferences(await read(posix.join(profile, "Preferences")));
    if (found !== null) return found;
  }
  return null;
}

/** Where Firefox notes which version used a profile last, so that an older one does not damage it. */
export const COMPATIBILITY_FILE = "compatibility.ini";

/** A version of Firefox, and of the build, which it compares too. */
export interface FirefoxVersion {
  readonly version: string;
  /** Digits of a time; '' when it is not known. */
  readonly build: string;
}

/** What `compatibility.ini` says; `null` when it says nothing. */
export function firefoxVersion(text: string): FirefoxVersion | null {
  const [, version, build = ""] =
    /^LastVersion=([\d.]+[ab]?\d*)(?:[\w.-]*?)(?:_(\d+))?(?:\/\d*)?\s*$/m.exec(text) ?? [];
  return version === undefined ? null : { version, build };
}

/** What `application.ini`, which lies beside the program, says of it. */
export function firefoxOfApplication(text: string): FirefoxVersion | null {
  const version = /^Version=([\d.]+[ab]?\d*)/m.exec(text)?.[1];
  return version === undefined ? null : { version, build: /^BuildID=(\d+)/m.exec(text)?.[1] ?? "" };
}

/** Negative when the left version is the older one. Letters (`151.0b3`) count as what comes before. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((text) => text.replaceAll(/[ab]/g, ".-").split(".").map(Number));
  for (let part = 0; part < Math.max(a?.length ?? 0, b?.length ?? 0); part++) {
    const difference = (a?.[part] ?? 0) - (b?.[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function plainVersion(text: string): string | null {
  return /^\s*(\d+(?:\.\d+){1,4})\s*$/.exec(text)?.[1] ?? null;
}

/** Not parsed as a whole: this runs at each save, and only one field is needed. */
function versionOfPreferences(text: string): string | null {
  return /"(?:last_chrome_version|created_by_version)":"(\d+(?:\.\d+){1,4})"/.exec(text)?.[1] ?? null;
}
